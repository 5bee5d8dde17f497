#pragma once

#include <stdint.h>

#include <kernel/hook.h>

/* The hook point `messages`: one walk for every message that the source pushes. */
struct message {
	uint64_t number; /* counts up, for each CPU on its own */
	unsigned cpu;	 /* that pushed it */
};

extern struct hook_point messages;
