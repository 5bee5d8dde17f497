#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/module.h>

/*
 * What the module commands are made of: load, unload, look. A report collects the sentences that
 * explain a failure: line 0 is the REASON of the contract's error line, the rest are indented.
 * Context: thread.
 */
struct module_report {
	char name[64];	 /* canonical name of the module it is about */
	uint32_t size;	 /* bytes that text has room for */
	uint32_t used;	 /* of them, lines separated by NUL */
	uint32_t prefix; /* of them, what the reason begins with */
	uint32_t lines;
	char text[2048];
};

#define MODULE_DRY_RUN 0x1u /* all stages before running it, then undone; unload: only say */
#define MODULE_FORCE 0x2u
#define MODULE_NO_DEPENDENCIES 0x4u /* insmod: resolves nothing */
#define MODULE_WAIT 0x8u	    /* unload: take no new callers and wait for the present ones */
/* For tests: the load fails with -ECANCELED after its first @count stages, 1 to 7. */
#define MODULE_STAGES(count) ((unsigned)(count) << 4)

/* @argv: "param=value" words. */
int module_control_load(const char *name_or_path, int argc, char **argv, unsigned flags,
			struct module_report *report);
/* @names go all or none, and may use each other. @deadline with MODULE_WAIT. */
int module_control_unload(const char *const *names, unsigned count, unsigned flags,
			  uint64_t deadline, struct module_report *report);
/* From bytes in memory, for the bench: what insmod does after reading the file. */
int module_control_load_bytes(const void *bytes, size_t size, unsigned flags,
			      struct module_report *report);
void module_control_lock(void); /* no more loading or unloading until reboot */

struct module_row {
	char name[56];
	uint64_t size;
	uint64_t references;
	enum module_state state;
	char used_by[256]; /* comma-separated, "..." when cut; "" when nobody */
};
/* Newest first, one more row a call; -ENOENT past the last. @cursor is 0 at first; the caller
 * keeps it and the row from call to call. */
int module_describe(uint64_t *cursor, struct module_row *row);

/* The indented lines of lsmod -v for one module, through @print: none for one that is not there or
 * still loading. -ENOMEM. */
int module_describe_verbose(const char *name, void (*print)(void *context, const char *line),
			    void *context);
void module_taint_text(char *buffer, size_t size); /* "no" or the reasons */
/*
 * Where a module's bytes come from: a path, or for a name /modules/NAME.ko, and where there is no
 * such file the boot set (->copy is NULL then). A file that is too large is not read.
 */
struct module_source {
	const void *bytes;
	size_t size;
	void *copy;
};
int module_source_open(const char *name_or_path, bool only_path, struct module_source *source,
		       struct module_report *report);
void module_source_close(struct module_source *source);
