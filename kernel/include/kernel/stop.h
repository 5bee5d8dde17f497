#pragma once

#include <stdint.h>

#include <kernel/module.h>

/*
 * Stops the machine: every CPU reaches a point outside every preemption-off section and halts
 * there; then @function(@argument) runs here, alone in the machine, interrupts off; then all are
 * released. One stop at a time; a second waits its turn. Returns what the function returned.
 * @nanoseconds (may be NULL): how long the machine stood still, from call to release. The function
 * must not sleep, lock or allocate. -EDEADLK where sleeping is forbidden, -ENOTRECOVERABLE when
 * @function faults. Context: thread.
 */
#define stop_machine(...)                                                                          \
	stop_machine_for(THIS_MODULE, __VA_ARGS__) /* function, argument, nanoseconds */
int stop_machine_for(struct module *owner, int (*function)(void *argument), void *argument,
		     uint64_t *nanoseconds);
