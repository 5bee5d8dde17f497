#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

#include <kernel/panic.h>

struct trap_frame;

/*
 * The end: stops the other CPUs by NMI, prints a line that begins with `panic:`, registers and a
 * backtrace, drains the UART, ends the emulator with status 2*99+1 if its exit device is there, and
 * halts. Takes no lock. Context: any.
 */
_Noreturn void panic(const char *format, ...) __printf(1, 2);
/* The same for what a trap frame shows. */
_Noreturn void panic_at(struct trap_frame *frame, const char *format, ...) __printf(2, 3);
bool panic_under_way(void);
_Noreturn void panic_halt_this_cpu(void); /* for the NMI that panic sends */

/* A line of the report, for what adds to it (backtraces). No newline, no time stamp. */
void panic_print(const char *format, ...) __printf(1, 2);

/*
 * What others add to the report. Core, which knows symbols, prints the backtrace from @rbp on, with
 * @rip, unless it is 0, before it. The bus, which knows modules, names the one whose code ran; @rip
 * 0: in a panic() of the kernel's. Either may be called before its folder has been brought up.
 */
void report_backtrace(uint64_t rip, uint64_t rbp);
void panic_blame(uint64_t rip);

#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (unlikely(!(condition)))                                                        \
			panic("assertion failed: %s (%s:%d)", #condition, __FILE__, __LINE__);     \
	} while (0)
