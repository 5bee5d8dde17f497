#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>
#include <lib/module_file.h>

#include <kernel/module_control.h>
#include <kernel/mutex.h>
#include <kernel/wait.h>

#include <bus/ledger.h>
#include <bus/owner.h>
#include <mm/module_window.h>

/*
 * What the files of the module mechanism share. T: table_lock(). M: memory_mutex. D: only the
 * thread that loads the module, while ->load is set, or the one that has claimed it to unload it.
 */
struct load;

#define LOADED_UNSAFE 0x1u	/* uses an unsafe interface */
#define LOADED_FORCED 0x2u	/* was to be forced out and could not */
#define LOADED_INIT_FAILED 0x4u /* init returned an error and yet it had to stay */
#define LOADED_FOLLOWS 0x8u /* was not named, goes with those that need it if nobody else does */

enum load_stage {
	STAGE_VALIDATE,
	STAGE_RESERVE,
	STAGE_DEPEND,
	STAGE_PLACE,
	STAGE_LINK,
	STAGE_PROTECT,
	STAGE_START,
	STAGE_PUBLISH,
	LOAD_STAGES,
};

/* What a load took, for lsmod -v and the bench. */
struct load_costs {
	uint32_t stage[LOAD_STAGES]; /* ns */
	uint32_t relocate;	     /* ns, of the link stage: the loop over all relocations */
	uint32_t relocations, symbols, pages;
};

/* A row of the module table, from `reserve` until the last byte of the module is back. */
struct loaded_module {
	struct loaded_module *next_by_name;   /* [T] */
	struct loaded_module *next_by_serial; /* [T] */
	struct list_node all;		      /* [T] newest first */
	uint64_t serial;		      /* [T] later is higher */
	char name[MODULE_NAME_SIZE];	      /* [I] */
	uint32_t hash;			      /* [I] of the name */
	uint32_t flags;			      /* [D] LOADED_… */
	struct owner *owner;		      /* [I] */
	struct load *load;		      /* [T] while it is being loaded */
	struct list_node answers;	      /* [T] struct load_answer: who waits for that load */
	struct departure *leaving;	      /* [T] who has claimed it */
	struct loaded_module *next_leaving;   /* [D] in the departure, newest first */
	struct module_range core, init;	      /* [D] */
	struct elf_layout layout;	      /* [D] */
	uint64_t percpu_offset, percpu_size;  /* [D] */
	uint64_t start, exit;		      /* [D] addresses of init and exit, or 0 */
	char *parameter_text;		      /* [D] what charp parameters point to */
	const struct module_param *params;    /* [M] where they run */
	uint32_t param_count;		      /* [M] */
	struct export_set *exports;	      /* [D] */
	struct symtab symbols;		      /* [D] of its text */
	struct symtab init_symbols;	      /* [D] */
	void *symbol_text, *init_symbol_text; /* [D] what they stand in */
	size_t symbol_size;		      /* [D] bytes of symbol_text */
	struct load_costs costs;	      /* [D] */
};

static inline enum module_state loaded_state(const struct loaded_module *module)
{
	return READ_ONCE(module->owner->module->state);
}

/* table.c: names, order, and who waits for a change. The lock is a spinlock. */
extern bool boot_set_loading; /* [A] true until the last file of the boot set is through */
extern struct wait_queue module_changed; /* woken after every change of a row or its state */

void table_lock(void);
void table_unlock(void);
struct loaded_module *table_find_locked(const char *name);
/* The newest with a serial below @serial; NULL: none. */
struct loaded_module *table_before_locked(uint64_t serial);
void table_add_locked(struct loaded_module *module);
void table_remove_locked(struct loaded_module *module);
/* Makes it the newest. */
void table_renew_locked(struct loaded_module *module);
/* Held while a module's memory goes, and by who looks into it from outside. */
extern struct mutex memory_mutex;
bool modules_are_locked(void);
/* Notes a reason for lsmod's last line; @name is copied. */
void taint(const char *reason, const char *name);

/* export.c: names that modules can link to, the kernel's and the modules'. */
struct export
{
	struct export *next;	     /* [T] */
	const char *name;	     /* [I] a copy */
	uint64_t value;		     /* [I] */
	struct loaded_module *owner; /* [I] NULL: the kernel */
	uint32_t hash;		     /* [I] hash_text32 of the name */
	uint32_t flags;		     /* [I] MODULE_EXPORT_… */
};

int exports_init(void);
struct export *export_find_locked(const char *name, uint32_t hash);
/*
 * Enters all of @load's exports or none: -ENOMEM; -EEXIST, with the name and its owner in the
 * report. @set: for export_set_remove, which frees it.
 */
int export_set_add(struct load *load, struct export_set **set);
void export_set_remove(struct export_set *set);
unsigned export_set_count(const struct export_set *set);

/* report.c. A NULL report takes nothing. */
void report_clear(struct module_report *report);
/* Throws away what is there and makes this line 0, the reason; returns @error. */
int report_reason(struct module_report *report, int error, const char *format, ...) __printf(3, 4);
void report_line(struct module_report *report, const char *format, ...) __printf(2, 3);
/* Puts text in front of line 0. */
void report_prefix(struct module_report *report, const char *format, ...) __printf(2, 3);
/* Line 0 for the log. */
const char *report_first(const struct module_report *report);
/* The lines of holders. */
void report_holders(struct module_report *report, const struct holder_report *holders);
/* Foreign text, escaped and cut; @buffer is returned. */
#define FOREIGN_SIZE 96
const char *foreign(const char *text, char buffer[FOREIGN_SIZE]);

/* source.c: where a module's bytes come from. */
struct source {
	const void *bytes;
	size_t size;
	void *copy; /* what is freed afterwards, or NULL */
};

bool is_path(const char *name_or_path);
int source_open(const char *name_or_path, bool only_path, struct source *source,
		struct module_report *report);
void source_close(struct source *source);
/* The name of a module whose file exports @symbol, from /modules/modules.index; -ENOENT. */
int source_exporter(const char *symbol, char name[MODULE_NAME_SIZE]);

/* tombstone.c: remembers where a module was and what its functions were called. */
void tombstone_add(const struct loaded_module *module);
/* The tombstone of the module that was at @address; any context. */
struct module_symbol;
bool tombstone_find(uint64_t address, struct module_symbol *symbol);
/* symbol.c: NULL: no function is known. */
void symbol_name(struct module_symbol *symbol, const char *function);

/* look.c: does any thread run in one of the leaving modules, or will it return there? Stopped; the
 * current thread is the caller's business. */
struct look_hit {
	struct loaded_module *module;
	char thread[32];
};
bool look_stopped(struct loaded_module *first, struct look_hit *hit);

/*
 * departure.c: modules on their way out together. A row is claimed by one departure at a time; it
 * is freed by nobody else meanwhile.
 */
struct departure {
	unsigned flags;			/* [I] MODULE_FORCE … */
	uint64_t deadline;		/* [I] with MODULE_WAIT */
	struct module_report *report;	/* [I] */
	struct loaded_module *first;	/* newest first */
	struct holder_report *holders;	/* of ->obstacle; NULL: there was no memory for it */
	struct loaded_module *obstacle; /* who cannot go */
	unsigned holder_count;
	struct look_hit hit; /* with force: ->module is NULL when nobody is inside */
	struct tlb_batch batch;
};

/* Decides in one stop, for all: 0, now they are `unloading`; or -EBUSY with the obstacle told. */
int departure_decide(struct departure *departure);
/* Runs the exits and removes everything. What went is out of the list; the others stay. */
int departure_complete(struct departure *departure);
/* The reason for an error of departure_decide and who is in the way, to the report. */
int departure_tell_holders(struct departure *departure, int error, const char *what);

/* unload.c: for what a failed load has brought along; silent, does its best. */
void unload_quietly(const char *name);

/* load.c: a module's memory, when nobody runs in it or can come to it any more: unmap, flush,
 * release (which also takes its exports away). */
void loaded_unmap(struct loaded_module *module, struct tlb_batch *batch);
void loaded_release(struct loaded_module *module);
int refuse_locked(struct module_report *report);
