#pragma once

#include <kernel/hook.h>

#define ROW_MOST 40

/* Each hook adds a character. */
struct row_message {
	char called[ROW_MOST + 1];
	unsigned count;
};

extern struct hook_point row_point;
