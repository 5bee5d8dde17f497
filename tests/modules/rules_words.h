#pragma once

#include <string.h>

#include <lib/parse.h>

#include <kernel/command.h>

/* The words of a test module's command. */
static inline bool word_is(const struct command_call *call, int at, const char *text)
{
	return call->argc > at && strcmp(call->argv[at], text) == 0;
}

static inline unsigned word_number(const struct command_call *call, int at, unsigned otherwise)
{
	uint64_t value;

	if (call->argc <= at ||
	    parse_integer(call->argv[at], strlen(call->argv[at]), 0, UINT32_MAX, &value) != 0)
		return otherwise;
	return (unsigned)value;
}
