#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Kernel stacks: STACK_SIZE bytes with absent pages on both sides. Slot n of their window is
 * STACK_STRIDE bytes, the lower half absent, the upper half the stack.
 */
#define STACK_PAGES 4ul
#define STACK_SIZE (STACK_PAGES * 4096)
#define STACK_STRIDE (2 * STACK_SIZE)
#define STACK_WINDOW 0xffffc00010000000ul
#define STACK_LIMIT 4096ul

/* @top: one past its highest byte, 16-byte aligned. Contents are undefined. -ENOMEM. Never sleeps.
 */
int stack_alloc(uint64_t *top);
/* Nobody runs on it any more. Context: as tlb_flush. */
void stack_free(uint64_t top);
/* Is this address in the half below a stack (a stack overflow)? Any context. */
bool stack_guard_hit(uint64_t address);
