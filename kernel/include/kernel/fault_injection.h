#pragma once

#include <stdint.h>

/*
 * Failures on purpose: the @nth (from 1) fallible operation of the current thread from here on
 * fails, once, as if it had no memory. -EBUSY while another thread has it armed. Interrupt handlers
 * are never touched. Context: thread.
 */
int fault_injection_arm(uint64_t nth);
/* Ends it. Returns the function that was failed, NULL when it was not reached; @count: how many
 * operations there were. */
const char *fault_injection_disarm(uint64_t *count);
