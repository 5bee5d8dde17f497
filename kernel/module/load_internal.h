#pragma once

#include "module_internal.h"

/*
 * One load on its way. A stage stores here what it acquires and frees nothing; end_load undoes
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
	struct elf_diag diag;
	unsigned stage; /* the next one to run */

	struct loaded_module *module; /* its row, once reserved */
	bool stays;		      /* failed, and yet the module must stay */
	struct elf_place *places;
	void *percpu_template;
	uint64_t *values;
	struct load_costs costs;
	char unsafe_symbol[64]; /* the first unsafe interface that it links to */

	char tried[MODULE_NAME_SIZE];  /* with LOAD_NEEDS, and afterwards: what has been loaded for
					  it */
	uint32_t outer_prefix;	       /* of the report, without what it is needed for */
	char tried_for[FOREIGN_SIZE];  /* the symbol it was needed for, escaped, or "" */
	struct loaded_module *brought; /* [M] loaded on behalf of this top load, newest first */
};

/*
 * The stages: 0 or a negative errno with the reason in the report. Reserve and depend may also say
 * that what they have met has changed, so that they are to be asked once more, depend that ->tried
 * must be loaded first. All but validate and start are called with module_mutex held.
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

/* Takes a successful init back: exit, and what that has left behind. May set ->stays. Without the
 * mutex. */
void load_unstart(struct load *load);

extern const struct stage {
	const char *name;
	int (*run)(struct load *load);
	bool outside; /* without the mutex: runs the module's code, or takes long and shares nothing
		       */
} load_stages[LOAD_STAGES];

#define load_refuse(load, error, ...) report_reason((load)->report, error, __VA_ARGS__)
/* Makes the diagnosis the reason; returns its errno. */
int load_diagnosed(struct load *load);
int load_no_memory(struct load *load);
