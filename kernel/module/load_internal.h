#pragma once

#include "module_internal.h"

/*
 * One load on its way. A stage stores here what it acquires and frees nothing; load_abort undoes
 * whatever is set, and a load that succeeds hands everything that lasts over to its row.
 *
 * A load that needs another module first does not call itself: it returns LOAD_NEEDS, and the loop
 * in load.c runs the one it needs and then asks the same stage again.
 */
#define LOAD_NEEDS                                                                                 \
	1 /* what only the depend stage returns: ->needs names a module to load first              \
	   */

/* Who waits for the end of a load of the same name, on the waiter's stack. */
struct load_answer {
	struct list_node node; /* [T] */
	bool there;	       /* [T] */
	int result;	       /* [T] of the load that was waited for */
};

struct load {
	const char *subject;	      /* [I] name or path as given */
	unsigned flags;		      /* [I] MODULE_DRY_RUN, MODULE_NO_DEPENDENCIES */
	const char *const *words;     /* [I] parameters */
	unsigned word_count;	      /* [I] */
	struct module_report *report; /* [I] the top load's */
	struct source source;
	struct module_file file;
	struct elf_diag diag;
	unsigned stage; /* the next one to run */

	struct loaded_module *module; /* its row, once reserved */
	bool started;		      /* its init has succeeded */
	bool stays;		      /* failed, and yet the module must stay */
	struct elf_place *places;
	void *percpu_template;
	uint64_t *values;
	struct module_tables tables;
	struct load_costs costs;
	char unsafe_symbol[64]; /* the first unsafe interface that it links to */

	struct thread *thread;	       /* [I] */
	struct list_node active;       /* [T] in the list of all loads under way */
	struct load *outer;	       /* [T] of the same thread: what this one is needed for */
	struct load *inner;	       /* [T] what it needs, being loaded */
	struct loaded_module *awaited; /* [T] whose load or unload it waits for */
	char needs[MODULE_NAME_SIZE];  /* with LOAD_NEEDS */
	char needed_by_symbol[64];     /* with LOAD_NEEDS: the symbol it is needed for, or "" */
	char tried[MODULE_NAME_SIZE];  /* the last one that was loaded for it */
	struct load *brought;	       /* loaded on its behalf, newest first */
	struct load *next_brought;     /* in the list of the outer one */
};

/* The stages: 0 or a negative errno with the reason in the report; depend also LOAD_NEEDS. */
int load_validate(struct load *load);
int load_reserve(struct load *load);
int load_depend(struct load *load);
int load_place(struct load *load);
int load_link(struct load *load);
int load_protect(struct load *load);
int load_start(struct load *load);
int load_publish(struct load *load);

/* Takes a successful init back: exit, and what that has left behind. May set ->stays. */
void load_unstart(struct load *load);

const char *load_stage_name(unsigned stage);
/* Loads a file of the boot set. */
int load_boot_file(const char *name, struct module_report *report);
/* Makes the diagnosis the reason; returns its errno. */
int load_diagnosed(struct load *load);
int load_no_memory(struct load *load);

/* wait.c: the order of loads. */
void load_enter(struct load *load);
void load_leave(struct load *load);
/* Takes the name for @load's row, or waits for who has it: -EEXIST, its error, -ELOOP, -EBUSY. */
int load_take_name(struct load *load);
/*
 * A module that this load needs is there in a state other than live. Waits until it is live or
 * gone: 0; -EBUSY after a second, naming it; -ELOOP, with the chain. @why: the symbol or "".
 */
int load_await(struct load *load, const char *name, const char *why);
/* Ends a load: @result goes to whoever waits for it. Takes the row out of the table if @remove. */
void load_answer_all(struct loaded_module *module, int result, bool remove);
