#pragma once

#include <lib/compiler.h>

#include <kernel/preempt.h>

/*
 * What a caller must not do, and what the kernel notices at little cost: sleeping where that is
 * forbidden, taking a lock twice, giving back what it does not hold. One line in the log names the
 * module whose code runs, what it did, and @place, a return address into it. Is it the kernel
 * itself, then that is a panic under `debug`. The bus, which knows modules, defines it. Context:
 * any but nmi.
 */
void misuse(const void *place, const char *format, ...) __printf(2, 3);
/* After it, where no answer to the caller would be right: its call ends here as by a fault. */
_Noreturn void misuse_end(void);

/* may_sleep_at (<kernel/preempt.h>) for the caller of the function that this stands in. */
#define may_sleep() may_sleep_at(__builtin_return_address(0))

/* The instruction that misuse_end faults at, for the fault report. */
extern const char misuse_trap[];
