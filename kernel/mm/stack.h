#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Kernel stacks: STACK_SIZE bytes with an absent page on both sides. */
#define STACK_PAGES 4ul
#define STACK_SIZE (STACK_PAGES * 4096)

/* @top: one past its highest byte, 16-byte aligned. Contents are undefined. -ENOMEM. Never sleeps.
 */
int stack_alloc(uint64_t *top);
/* Nobody runs on it any more. Context: as tlb_flush. */
void stack_free(uint64_t top);
/* Is this address in the page below a stack (a stack overflow)? Any context. */
bool stack_guard_hit(uint64_t address);
