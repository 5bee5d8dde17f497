#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/report.h>

#include <kernel/module.h>

/* What the module commands are made of: load, unload, look. Context: thread. */

#define MODULE_DRY_RUN 0x1u /* all stages before running it, then undone; unload: only say */
#define MODULE_FORCE 0x2u
#define MODULE_NO_DEPENDENCIES 0x4u /* insmod: resolves nothing */
#define MODULE_WAIT 0x8u	    /* unload: take no new callers and wait for the present ones */
/* For tests: the load fails with -ECANCELED after its first @count stages, 1 to 7. */
#define MODULE_STAGES(count) ((unsigned)(count) << 4)

/*
 * Where a module's bytes come from: a path, or for a name /modules/NAME.ko, and where there is no
 * such file the boot set (->copy is NULL then). A file that is too large is not read. @report has
 * been cleared.
 */
struct module_source {
	const void *bytes;
	size_t size;
	void *copy;
};
int module_source_open(const char *name_or_path, bool only_path, struct module_source *source,
		       struct module_report *report);
void module_source_close(struct module_source *source);

/*
 * @argv: "param=value" words. @source: what to load, with ->copy NULL, as its bytes stay the
 * caller's, which leaves them as they are meanwhile; NULL: what module_source_open finds.
 */
int module_control_load(const char *name_or_path, const struct module_source *source, int argc,
			char **argv, unsigned flags, struct module_report *report);
/* @names go all or none, and may use each other. @deadline with MODULE_WAIT. */
int module_control_unload(const char *const *names, unsigned count, unsigned flags,
			  uint64_t deadline, struct module_report *report);
void module_control_lock(void); /* no more loading or unloading until reboot */

struct module_section {
	uint64_t size;	  /* 0: it has none */
	uint64_t address; /* of per-CPU data the offset in each CPU's window */
};

/* What a load took. */
#define LOAD_STAGES 8
extern const char *const load_stage_names[LOAD_STAGES]; /* in the order in which they run */
struct load_costs {
	uint32_t stage[LOAD_STAGES]; /* ns */
	uint32_t relocate;	     /* ns, of the link stage: the loop over all relocations */
	uint32_t relocations, symbols, pages;
};

struct module_line {
	char name[56];
	uint64_t size;			   /* of text, rodata and data */
	struct module_section sections[4]; /* text, rodata, data, per-CPU data */
	struct load_costs costs;
	uint64_t references;
	enum module_state state;
	char used_by[256]; /* comma-separated, "..." when cut; "" when none */
};
/*
 * Newest first, one more row a call; -ENOENT past the last. @cursor is 0 at first; the caller keeps
 * it and the row from call to call. MODULE_NAMED: the row of the module that row->name says, which
 * costs the same however many there are.
 */
#define MODULE_NAMED UINT64_MAX
int module_describe(uint64_t *cursor, struct module_line *row);
/* Does @name depend on @needed? Both are there. For what is cut in ->used_by. */
bool module_needs(const char *name, const char *needed);

struct module_parameter {
	char name[512];
	const char *type;
	uint32_t mode;
	char value[512]; /* escaped; elements separated by commas, "..." when cut */
};
/* The @index-th parameter of a module; -ENOENT past the last, and for a module that is not there or
 * still loading. */
int module_parameter_describe(const char *name, unsigned index, struct module_parameter *row);
/*
 * Stores @word, "param=value", in a module that is live; the module may read it meanwhile, and its
 * mode is the caller's to look at. -ENOENT: it is not live; -EINVAL: not of its type; -EPERM: of
 * type charp, whose text would have to stay where it is.
 */
int module_parameter_set(const char *name, const char *word);
/* What the kernel exports. */
extern const struct module_export __exports_start[], __exports_end[];
/* The kernel's functions, in the order of their addresses. */
struct kernel_symbol {
	uint32_t offset; /* from __text_start */
	uint32_t name;	 /* in kernel_symbol_names: its type, T or t as nm has it, and the name */
};
extern const struct kernel_symbol kernel_symbols[];
extern const uint32_t kernel_symbol_count;
extern const char kernel_symbol_names[], __text_start[];

struct symbol_line {
	uint64_t address;
	char type; /* T, t: a function; D: exported data; 0: an export that is a function as well */
	char name[512];
};
/*
 * The functions of a module, their names cut to 63 characters, then its exports: one more a call,
 * with *@next 0 at first. @cursor is what module_describe has left with the row of @name. -ENOENT
 * past the last, while it is loading, and when it is not that module any more.
 */
int module_symbol_describe(const char *name, uint64_t cursor, uint32_t *next,
			   struct symbol_line *line);

/* What lsmod -v says of flags, registrations and holders of one module, in @report, whose text has
 * @room bytes: none for a module that is not there or still loading. */
void module_describe_verbose(const char *name, struct module_report *report, size_t room);
void module_taint_text(char *buffer, size_t size); /* "no" or the reasons */
