#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/log_ring.h>

#include <kernel/bus.h>

/*
 * The log, for what shows it. Copies the record at *@cursor (0: the oldest) and moves the cursor
 * on; false when there is none yet. Records that were overwritten meanwhile are skipped. Context:
 * any.
 */
bool log_read(uint64_t *cursor, struct log_record *record);
/* The cursor of the next record that is logged. */
uint64_t log_end(void);

/*
 * Interface `log_reader`: the module that shows the log. While an entry stands, printk only stores
 * a record, and the thread "log" calls show once for all that has been stored since. Without one
 * printk sends each record to COM1 itself, from the first that has not been sent. There is one
 * entry; a second gets -EEXIST. show may sleep.
 */
struct log_reader;

struct log_reader_operations {
	void (*show)(struct log_reader *reader);
};

struct log_reader {
	const char *name;
	const struct log_reader_operations *operations;
	struct registration registration;
};

extern struct interface log_reader_interface;
#define log_reader_register(entry)                                                                 \
	REGISTRATION_ENTER(register, log_reader, &log_reader_interface, entry, THIS_MODULE)
#define log_reader_unregister(entry) REGISTRATION_LEAVE(log_reader, entry)

/* Has show called though no record has come. Context: any. */
void log_reader_wake(void);
/*
 * The cursor of the first record that COM1 has not been sent, where printk or a panic goes on. What
 * sends records there for printk says how far it is, at most to the end; that has no effect without
 * an entry. Context: any; one caller at a time.
 */
uint64_t log_sent(void);
void log_set_sent(uint64_t cursor);
