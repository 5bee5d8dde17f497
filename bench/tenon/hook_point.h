/*
 * The point that the chain of bench_hook hangs on, and the same callbacks without it.
 */
#pragma once

#include <kernel/hook.h>

struct bench_message {
	uint64_t seen; /* each hook adds one */
};

typedef enum hook_verdict bench_callback(struct hook *hook, void *message);

extern struct hook_point bench_messages;

/* Notes a function that the bare loop calls; the module of one must not be unloaded before. */
int bench_bare_add(bench_callback *callback);
