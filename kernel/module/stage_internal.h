#pragma once

#include "module_internal.h"

/*
 * One load on its way. A stage stores here what it acquires and frees nothing; load_end undoes
 * whatever is set, and a load that succeeds hands everything that lasts over to its row.
 *
 * The loads of one thread form a chain from outer to inner: a load that needs another module, and
 * a load whose init loads modules. Only the innermost one moves.
 */
struct load {
	const char *subject;	  /* [I] name or path as given */
	unsigned flags;		  /* [I] MODULE_DRY_RUN, MODULE_NO_DEPENDENCIES, MODULE_STAGES */
	const char *const *words; /* [I] parameters */
	unsigned word_count;	  /* [I] */
	struct module_report *report;  /* [I] the top load's */
	struct thread *thread;	       /* [I] */
	struct load *outer, *inner;    /* [M] of the same thread */
	struct loaded_module *awaited; /* [M] whose load or unload it waits for */
	struct module_source source;
	struct module_file file;
	unsigned stage; /* the next one to run */

	struct loaded_module *module; /* its row, once reserved */
	bool stays;		      /* failed, and yet the module must stay */
	struct elf_place *places;
	void *percpu_template;
	uint64_t *imports; /* values of its undefined symbols, in their order */
	uint64_t *values;
	struct load_costs costs;
	char unsafe_symbol[64]; /* the first unsafe interface that it links to */

	char tried[MODULE_NAME_SIZE];  /* with LOAD_NEEDS, and afterwards: what has been loaded for
					  it */
	uint32_t outer_prefix;	       /* of the report, without what it is needed for */
	char tried_for[96];	       /* the symbol it was needed for, or "" */
	struct loaded_module *brought; /* [M] loaded on behalf of this top load, newest first */
};

/*
 * The stages: 0 or a negative errno with the reason in the report. Reserve and depend may also say
 * that what they have met has changed, so that they are to be asked once more, depend that ->tried
 * must be loaded first. Reserve and publish are called with module_mutex held.
 */
#define LOAD_AGAIN 1
#define LOAD_NEEDS 2
int load_validate(struct load *load);
int load_reserve(struct load *load);
int load_depend(struct load *load);
int load_place(struct load *load);
int load_link(struct load *load);
int load_protect(struct load *load);
int load_start(struct load *load);
int load_publish(struct load *load);

extern const struct stage {
	int (*run)(struct load *load);
	bool outside; /* called without the mutex: runs the module's code, or takes long */
} load_stages[LOAD_STAGES];

/* refusal.c. */
#define load_refuse(load, error, ...) report_reason((load)->report, error, __VA_ARGS__)
int load_no_memory(struct load *load);

/*
 * waiting.c. The load of this thread that @module's load waits for, so that waiting for @module
 * would never end; NULL: it may be waited for. refuse_circle: -ELOOP with the chain from @start,
 * "a needs b needs a". wait_until_settled gives the mutex up until @module is neither loading nor
 * leaving: the result of its load, or 1 when @deadline has passed; ->awaited is NULL again.
 */
const struct load *waits_for_this_thread(const struct loaded_module *module);
int refuse_circle(struct load *load, const struct load *start);
int wait_until_settled(struct load *load, struct loaded_module *module, uint64_t deadline);

/*
 * unstart.c. Sweeps what init has left behind, unless the module must stay: then sets ->stays, and
 * @what ("init has failed") is in the log with the reason. Without the mutex.
 */
void load_undo_start(struct load *load, const char *what);

/* undo.c. load_end undoes what is set, unless the module is live or must stay, and wakes the
 * threads that wait for this load. NULL: no memory, in @report. */
struct load *load_new(const char *subject, unsigned flags, struct module_report *report);
void load_end(struct load *load, int error);

/*
 * nested.c. nested_enter makes @load part of what this thread is at already: -ELOOP. nested_begin:
 * the load of what *@load needs becomes *@load: -ENOMEM. nested_end: *@load is over, and the one
 * that needs it becomes *@load: 0, and it can go on, or its error. nested_drop_brought gives up
 * what was loaded on behalf of a load and, with @undo, unloads it, the newest first.
 */
int nested_enter(struct load *load);
int nested_begin(struct load **load);
int nested_end(struct load **load, struct load *top, int error);
void nested_drop_brought(struct loaded_module *brought, bool undo);
