#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/stack.h>

/*
 * Kernel stacks: STACK_SIZE bytes with absent pages on both sides. Slot n of their window is
 * STACK_STRIDE bytes, the stack at its upper end. The rest is wide, so that a frame that steps over
 * its end without touching each page (mk/compiler.mk lets compilers touch them) meets no other
 * stack. When less than STACK_ROOM is left, the stack is too full for an interrupt: for its frame,
 * the switch to another thread, and those that come while the machine is stopped.
 */
#define STACK_PAGES 4ul
#define STACK_SIZE (STACK_PAGES * 4096) /* entry.asm has it too */
#define STACK_STRIDE (8 * STACK_SIZE)
#define STACK_WINDOW 0xffffc00010000000ul
#define STACK_LIMIT 4096ul /* fewer on a machine of less than 1 GiB */

/* @top: one past its highest byte, 16-byte aligned. Contents are undefined. -ENOMEM. Never sleeps.
 */
int stack_alloc(uint64_t *top);
/* No thread runs on it any more. Context: as tlb_flush. */
void stack_free(uint64_t top);
/* Is this address in the absent pages below a stack (a stack overflow)? Any context. */
bool stack_guard_hit(uint64_t address);
/* Is less than STACK_ROOM left below @pointer, a stack pointer? Any context. */
bool stack_is_full(uint64_t pointer);
/* Are both in, or one past the end of, the same stack? All that is no stack of the window counts as
 * one: the boot stack. Any context. */
bool stack_same(uint64_t a, uint64_t b);
