#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/list.h>
#include <lib/module_file.h>

#include <kernel/module_control.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include <bus/ledger.h>
#include <bus/owner.h>
#include <mm/frame.h>
#include <mm/module_window.h>
#include <mm/page_table.h>

/*
 * What the files of the module mechanism share.
 *
 * M: module_mutex. One mutex guards what loads and unloads share: names, order, exports,
 * dependencies, memory that goes. It is given up while code of modules runs (init, exit, what a
 * sweep calls, the filesystem that a file is read from), while a load works on what is its own (the
 * bytes of its file, its memory, its tables), and while a thread waits for another one. Everything
 * here is called with it held, unless it says otherwise.
 *
 * D: only the thread that loads the module, while ->load is set, or the one that has claimed it to
 * unload it, which needs no mutex for that.
 */
struct load;

/* How long a load waits for a module that is on its way, and force for what a failed one leaves. */
#define AWAIT_LIMIT TIME_SECOND

#define LOADED_FORCED 0x1u	/* was to be forced out and could not */
#define LOADED_INIT_FAILED 0x2u /* init returned an error and yet it had to stay */

enum load_stage {
	STAGE_VALIDATE,
	STAGE_RESERVE,
	STAGE_DEPEND,
	STAGE_PLACE,
	STAGE_LINK,
	STAGE_PROTECT,
	STAGE_START,
	STAGE_PUBLISH,
};

/* A row of the module table, from `reserve` until the last byte of the module is back. */
struct loaded_module {
	struct loaded_module *next_by_name; /* [M] */
	struct list_node all;		    /* [M] newest first */
	uint64_t serial;		    /* [M] later is higher */
	unsigned references;		    /* [M] the table's, and of waiting threads */
	char name[MODULE_NAME_SIZE];	    /* [I] */
	uint32_t flags;			    /* [D] LOADED_… */
	struct owner *owner;		    /* [I] */
	struct load *load; /* [M] while it is being loaded; also read by what waits for its end */
	int result;	   /* [M] of that load */
	struct departure *leaving; /* [M] has claimed it; also read by what waits for its end */
	struct loaded_module *next_leaving; /* [D] in the departure, newest first */
	bool obstructs;			    /* [D] the departure, as departure_ask has found */
	struct loaded_module
	    *next_brought; /* [M] in ->brought of the load that it was loaded for */
	bool
	    asked_for; /* [M] another load has named it: it stays when that load comes to nothing */
	struct module_range core, init;	     /* [D] */
	struct elf_layout layout;	     /* [D] */
	uint64_t percpu_offset, percpu_size; /* [D] */
	char *parameter_text;		     /* [D] what charp parameters point to */
	struct module_tables tables;	     /* [D] init, exit, parameters, exports */
	struct export *exports;		     /* [D] */
	uint32_t export_count;		     /* [D] of them in the table */
	struct symtab symbols;		     /* [D] of its text */
	struct symtab init_symbols;	     /* [D] */
	struct load_costs costs;	     /* [D] */
};

static inline enum module_state loaded_state(const struct loaded_module *module)
{
	return READ_ONCE(module->owner->handle->state);
}

/* table.c */
extern struct mutex module_mutex;
struct loaded_module *table_find(const char *name);
/* The next older one than that with @name and @serial, which may be gone; @name NULL: the newest.
 * NULL: none. */
struct loaded_module *table_after(const char *name, uint64_t serial);
void table_add(struct loaded_module *module);
void table_remove(struct loaded_module *module);
/* Makes it the newest. */
void table_renew(struct loaded_module *module);
/* Gives one of its references back; the last one frees it. */
void loaded_module_put(struct loaded_module *module);

/* refusal.c: -EPERM with the reason once module_control_lock was called. */
int refuse_locked(struct module_report *report);

/* taint.c: for lsmod's last line. */
void taint_forced(const char *name);

/* waiting.c */
extern struct wait_queue module_changed; /* woken after ->load or ->leaving has become NULL */
/* The last file of the boot set is through: lets module_wait_live go on. Without the mutex. */
void boot_set_loaded(void);

/* export.c: names that modules can link to, the kernel's and the modules'. */
struct export
{
	struct export *next;	     /* [M] */
	const char *name;	     /* [I] in the owner's memory */
	uint64_t value;		     /* [I] */
	struct loaded_module *owner; /* [I] NULL: the kernel */
	uint32_t hash;		     /* [I] of the name */
	uint32_t flags;		     /* [I] MODULE_EXPORT_… */
};

struct export *export_find(const char *name);
/*
 * Enters all of @load's exports, whose memory is where it will run: -ENOMEM; -EEXIST, with the name
 * and its owner in the report. Without the mutex, which it takes for one at a time. exports_remove
 * also when there are none, or not all are in.
 */
int exports_add(struct load *load);
void exports_remove(struct loaded_module *module);

/* source.c */
/* The name of a module whose file exports @symbol, from /modules/modules.index; -ENOENT.
 * Without the mutex. */
int source_exporter(const char *symbol, char name[MODULE_NAME_SIZE]);

/* symbol.c: remembers where a module was and what its functions were called, of the last modules so
 * many. Stopped. */
#define TOMBSTONES 64u
void tombstone_add_stopped(const struct loaded_module *module);

/*
 * run.c: calls @function (0: does nothing) of @module, init or exit, in a call record of its own;
 * a fault in it comes back here. -ENOTRECOVERABLE when the module has failed. Without the mutex.
 */
long module_run(struct loaded_module *module, const char *operation, uint64_t function);

/*
 * departure.c: modules on their way out together. Each row is claimed by one departure at a time,
 * by ->leaving; no other thread frees it meanwhile, so that the mutex may be given up. On its
 * thread's stack.
 */
struct departure {
	unsigned flags;		      /* [I] MODULE_FORCE … */
	uint64_t deadline;	      /* [I] with MODULE_WAIT */
	struct module_report *report; /* [I] */
	struct loaded_module *first;  /* newest first */
	bool time_is_up;
	bool held_by_hand;		/* right before the second stop */
	struct loaded_module *obstacle; /* cannot go */
	char thread[32];		/* that the look has found in ->obstacle; "": none */
};

/* Decides in one stop, for all: 0, now they are `unloading`; or -EBUSY, -ETIMEDOUT with the
 * obstacle and its holders reported. */
int departure_decide(struct departure *departure);
/* Does a module depend on it that does not leave? With the mutex, or stopped. */
bool departure_is_needed(const struct departure *departure, const struct loaded_module *module);
/* Says in ->obstructs of each whether it stands in the way; reports nothing; 0. Stopped. */
int departure_ask_stopped(void *departure);
/*
 * Right before the exit of @module: with force its open spans answer ENODEV from here, which cannot
 * be taken back, so none is cut before. -EBUSY with its holders reported when a call is under way
 * in it. Without the mutex.
 */
int departure_cut(struct departure *departure, struct loaded_module *module);
/*
 * The second stop: takes the pages out of every CPU's tables, with the grace for code that was
 * still on the way out of a call without reference (interrupts, hooks). -EBUSY, with ->obstacle and
 * ->thread, when a thread is inside after all.
 */
int departure_unmap(struct departure *departure);
/* Stopped; of those that have not failed. */
void departure_set_states(struct loaded_module *first, enum module_state state);

/* unload.c: what module_control_unload does, with the mutex held, even if that is locked. */
int unload(const char *const *names, unsigned count, unsigned flags, uint64_t deadline,
	   struct module_report *report);

/*
 * memory.c: the memory of a module in which no thread runs and to which none can come any more.
 * First it is unmapped and flushed, in a stop; loaded_release also takes exports, name and the slot
 * of the owner table away.
 */
int loaded_unmap_stopped(void *module);
void loaded_release(struct loaded_module *module);
