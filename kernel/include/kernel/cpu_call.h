#pragma once

/*
 * Runs @function(@argument) on CPU @cpu in interrupt context and waits for it. Context: thread or
 * atomic with interrupts on, no spinlock held. 0, or -EINVAL when there is no such CPU.
 */
int cpu_call(unsigned cpu, void (*function)(void *argument), void *argument);
/* The same on every CPU at once, this one included. */
void cpu_call_all(void (*function)(void *argument), void *argument);
