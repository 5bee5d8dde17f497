#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

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

/* A line of the report, for who adds to it (backtraces). No newline, no time stamp. */
void panic_print(const char *format, ...) __printf(1, 2);

/* How panic prints a backtrace; told by core, which knows symbols. @rip 0: start at the caller. */
void panic_set_backtrace(void (*print)(uint64_t rip, uint64_t rbp));
/* Adds to the report whose code ran, told by the bus, which knows modules. @rip 0: in a panic() of
 * the kernel's. */
void panic_set_blame(void (*add)(uint64_t rip));
/* Run by the panicking CPU after the report, last thing before the end (screen). May be NULL. */
void panic_set_last_words(void (*function)(void));

#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (unlikely(!(condition)))                                                        \
			panic("assertion failed: %s (%s:%d)", #condition, __FILE__, __LINE__);     \
	} while (0)
