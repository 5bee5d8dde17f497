#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <files/file.h>
#include <kernel/module_control.h>

/*
 * An open file: its whole text, made when it is opened, and what is written to, if that is a
 * parameter. A thread that has it open is the only one that uses it. @failed: there was no memory.
 */
struct snapshot {
	char *bytes;
	size_t used, room;
	bool failed;
	char module[56]; /* of the parameter; "": nothing is written */
	char parameter[NAME_LIMIT + 1];
};

/* snapshot.c. Adds to the text; without memory it does nothing but set ->failed. */
void snapshot_print(struct snapshot *snapshot, const char *format, ...) __printf(2, 3);
/* The read, measure and release of both filesystems. */
long snapshot_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		   uint64_t offset);
int snapshot_measure(struct filesystem *filesystem, void *file, uint64_t *size);
void snapshot_release(struct filesystem *filesystem, void *file);

/* rows.c: the row of the module @name; -ENOENT: there is none. */
int row_find(const char *name, struct module_line *row);
/*
 * Of the modules that use @needed, or all if that is "", the one after *@cursor, which is 0
 * at first; it is kept with @row from call to call. False past the last.
 */
bool row_next(const char *needed, uint64_t *cursor, struct module_line *row);
/* The same by number, for what is asked for 0, 1, 2 and so on: then each costs one step. */
bool row_nth(const char *needed, unsigned index, struct module_line *row);

extern struct filesystem sys_filesystem;  /* tree.c */
extern struct filesystem proc_filesystem; /* proc.c */

int sys_mount(struct filesystem *filesystem, const char *source, void **mount); /* sys.c */
