#pragma once

#include <kernel/module.h>

/*
 * Runs @function(@argument) on CPU @cpu in interrupt context and waits for it. Context: thread or
 * atomic with interrupts on, no spinlock held. 0, -EINVAL when there is no such CPU,
 * -EDEADLK with interrupts off.
 */
#define cpu_call(...) cpu_call_for(THIS_MODULE, __VA_ARGS__) /* cpu, function, argument */
int cpu_call_for(struct module *owner, unsigned cpu, void (*function)(void *argument),
		 void *argument);
/* The same on every CPU at once, this one included. */
#define CPU_ALL UINT32_MAX
#define cpu_call_all(...) cpu_call(CPU_ALL, __VA_ARGS__) /* function, argument */
