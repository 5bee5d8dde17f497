#pragma once

#include <stdint.h>

struct module;

/*
 * Failures on purpose: runs @function, and the @nth (from 1) fallible operation of this thread in
 * it fails, once, as if it had no memory. -EBUSY while another thread does so; else 0 with what
 * came of it, also when @function faults: it is called as its owner's own business. Interrupt
 * handlers are never touched. Context: thread.
 */
struct fault_injection {
	int result;	    /* of @function; -ENOTRECOVERABLE when it faulted */
	const char *failed; /* the function that was failed; NULL: it was not reached */
	uint64_t count;	    /* how many operations there were */
};

#define fault_injection_run(nth, function, argument, injected)                                     \
	fault_injection_run_for(THIS_MODULE, nth, function, argument, injected)
int fault_injection_run_for(struct module *owner, uint64_t nth, int (*function)(void *argument),
			    void *argument, struct fault_injection *injected);
