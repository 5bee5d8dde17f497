#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/bus.h>

/*
 * Interface `sink`: the module that takes output which is to go to a path. open makes the
 * file if it is not there; @append: it says at which offset the file ends, else it empties it.
 * write takes some of the bytes, at least one, and says how many; release is called once for each
 * successful open. There is one entry; a second gets -EEXIST. All may sleep.
 */
struct sink;

struct sink_operations {
	int (*open)(struct sink *sink, const char *path, bool append, uint64_t *end, void **data);
	long (*write)(struct sink *sink, void *data, const void *bytes, size_t size,
		      uint64_t offset);
	void (*release)(struct sink *sink, void *data);
};

struct sink {
	const char *name;
	const struct sink_operations *operations;
	struct registration registration;
};

extern struct interface sink_interface;
#define sink_register(entry) REGISTRATION_ENTER(register, sink, &sink_interface, entry, THIS_MODULE)
#define sink_reserve(entry) REGISTRATION_ENTER(reserve, sink, &sink_interface, entry, THIS_MODULE)
#define sink_unregister(entry) REGISTRATION_LEAVE(sink, entry)

/*
 * An open path: a span on the sink, booked to its owner; what exit leaves open is closed with a
 * warning. The owner's own code closes it, once. -ENOSYS: no module takes output; -ENODEV: the
 * owner is leaving; -ENAMETOOLONG; -ENOMEM; else what the sink says. @end: where what is appended
 * begins; 0 without @append. Context: thread.
 */
struct sink_file;
#define sink_open(path, append, file, end) sink_open_at(path, append, THIS_MODULE, HERE, file, end)
int sink_open_at(const char *path, bool append, struct module *owner,
		 const struct source_location *place, struct sink_file **file, uint64_t *end);
/* All of the bytes, at @offset: 0 or a negative errno; -ENODEV when the sink was forced out. */
int sink_write(struct sink_file *file, const void *bytes, size_t size, uint64_t offset);
/* Once; of what is not open any more a line in the log names the caller. */
void sink_close(struct sink_file *file);
