#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * Failures on purpose. Each fallible operation of the kernel asks fault_injected(__func__) once, at
 * its start, and fails as if it had no memory when told to. While nobody has armed it that is one
 * load and one branch not taken.
 */
extern uint32_t fault_injection_armed; /* [A] */

bool fault_injection_reached(const char *function);

static inline bool fault_injected(const char *function)
{
	return unlikely(READ_ONCE(fault_injection_armed)) && fault_injection_reached(function);
}

/*
 * The @nth (from 1) operation of the current thread fails from here on, once. -EBUSY while another
 * thread has it armed. Interrupt handlers are never touched.
 */
int fault_injection_arm(uint64_t nth);
/* Ends it. Returns the function that was failed, NULL when it was not reached; @count: how many
 * operations there were. */
const char *fault_injection_disarm(uint64_t *count);
