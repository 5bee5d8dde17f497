#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/bus.h>

/* A path is absolute, at most PATH_LIMIT bytes; a name in a folder at most NAME_LIMIT. */
#define PATH_LIMIT 255
#define NAME_LIMIT 63

/*
 * Interface `source`: the module that knows paths. The kernel asks it for the bytes of a module's
 * file and for the index of exporters, and the shell for what a session begins with and for the
 * names that complete a path. There is one entry; a second gets -EEXIST. All may sleep.
 */
struct source;
struct source_request;

struct source_name {
	char name[NAME_LIMIT + 1];
	bool folder;
};

struct source_operations {
	/* Reads all of the regular file at @path into the room that source_room has given. 0;
	 * -ENOENT; -EISDIR; -ENXIO for what is neither; what source_room says. */
	int (*load)(struct source *source, const char *path, struct source_request *request);
	/* The @index-th name in the folder @path, in a stable order; -ENOENT past the last. */
	int (*list)(struct source *source, const char *path, unsigned index,
		    struct source_name *name);
};

struct source {
	const char *name;
	const struct source_operations *operations;
	struct registration registration;
};

extern struct interface source_interface;
#define source_register(entry)                                                                     \
	REGISTRATION_ENTER(register, source, &source_interface, entry, THIS_MODULE)
#define source_unregister(entry) REGISTRATION_LEAVE(source, entry)

/*
 * For `load`, once, before it returns: @room for the file's @size bytes, not the source's to free.
 * -E2BIG: more than are wanted; -ENOMEM; -EINVAL: it was given before. Context: thread.
 */
int source_room(struct source_request *request, uint64_t size, void **room);

/*
 * The whole file at @path in fresh memory booked to @owner. -E2BIG: it has more than @limit bytes,
 * and *@size is how many. -ENOSYS: no module knows paths; -ENAMETOOLONG; -ENOMEM; -EIO: the source
 * gave no bytes, and no known error; else what the source says. Context: thread.
 */
int source_load(const char *path, uint64_t limit, struct module *owner, void **bytes, size_t *size);
