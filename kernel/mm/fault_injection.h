#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * Failures on purpose, armed by <kernel/fault_injection.h>. Each fallible operation of the kernel
 * asks fault_injected(__func__) once, at its start, and fails as if it had no memory when told to.
 * While no thread runs so, that is one load and one branch not taken.
 */
extern uint32_t fault_injection_armed; /* [A] */

bool fault_injection_reached(const char *function);

static inline bool fault_injected(const char *function)
{
	return unlikely(READ_ONCE(fault_injection_armed)) && fault_injection_reached(function);
}
