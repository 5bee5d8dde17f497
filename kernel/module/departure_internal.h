#pragma once

#include "module_internal.h"

/*
 * Modules on their way out together. Each row is claimed by one departure at a time, by ->leaving;
 * it is freed by nobody else meanwhile, so that the mutex may be given up. On its thread's stack.
 */
struct departure {
	unsigned flags;		      /* [I] MODULE_FORCE … */
	uint64_t deadline;	      /* [I] with MODULE_WAIT */
	struct module_report *report; /* [I] */
	struct loaded_module *first;  /* newest first */
	bool time_is_up;
	struct loaded_module *obstacle; /* who cannot go */
	char thread[32];		/* whom the look has found in ->obstacle; "": nobody */
	unsigned holder_count;
	struct holder_report holders; /* of ->obstacle */
};

/* Decides in one stop, for all: 0, now they are `unloading`; or -EBUSY, -ETIMEDOUT with the
 * obstacle and its holders noted. */
int departure_decide(struct departure *departure);
/*
 * The second stop: takes the pages out of every CPU's tables, with the grace for whoever was still
 * on the way out of a call without reference (interrupts, hooks). With force -EBUSY when somebody
 * is inside after all; else ->thread only tells, under `debug`, who may have been.
 */
int departure_unmap(struct departure *departure);
/* Stopped; of those that have not failed. */
void departure_set_states(struct loaded_module *first, enum module_state state);
