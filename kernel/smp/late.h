#pragma once

#include <stdbool.h>

struct module;
struct trap_frame;

/*
 * CPUs that do not answer. Nothing that such a CPU would have to do itself tells what it is at, so
 * it is sent an NMI, whose handler leaves what it has interrupted in words of its CPU; another CPU
 * puts that into the log, at its next look. Looks are counted, never time: no CPU looks while
 * a virtual machine stands still. Nothing is ended.
 */

/* The NMI's handler says whose code runs, and in which callback, NULL: none; which counts if it is
 * asked of this CPU. Context: nmi. */
void late_answer(const struct trap_frame *frame, const struct module *module, const void *callback);

/*
 * Around the halts of a CPU that waits for others with preemption off. @keeps: does @cpu keep
 * @self waiting? Interrupts off. A CPU that does for ten ticks is named, once a wait.
 */
void late_wait_begin(bool (*keeps)(unsigned cpu, unsigned self));
void late_wait_end(void);
/* Time's: a tick of 100 ms comes to this CPU, in an interrupt, from on to off. */
void late_set_ticks(bool on);
void late_tick(void);
