#pragma once

#include <stdarg.h>

#include <kernel/bus.h>

#include <bus/owner.h>

/* What the files of the bus share. */

#define CALL_HOLDS 0x1u	  /* in call->flags: took a reference, given back by call_end */
#define CALL_FAULTED 0x2u /* ended by containment, not by returning */

/* Is this a row of the owner table in use? For pointers that come from modules. */
bool owner_row_valid(const struct module *module);

/* A callback of @owner may point here: its own text, the kernel's, or that of one it depends on. */
bool owner_may_call_back(const struct owner *owner, const void *function);

/* A new row's counters: zero, and not live where the state says so. */
void owner_counters_reset(struct owner *owner);

/* What stands behind a row. */
#define owner_of(module) ((module)->owner)

/* Under `debug`: code at @place has taken a reference by itself. */
void reference_note_get(struct owner *owner, uint64_t place);

/* The first entry of @interface with a serial above @after that @match accepts and whose owner is
 * live; a call is begun in it. -ENOENT. @match NULL: any. */
int call_begin_match(struct call *call, struct interface *interface, uint64_t after,
		     bool (*match)(const struct registration *registration, const void *argument),
		     const void *argument, unsigned operation);
/* call_begin without a look at the context: with the interface's lock held. */
int call_begin_unchecked(struct call *call, struct registration *registration, unsigned operation);

/* Takes an entry out without waiting for calls in it: its owner has failed or nobody is in it. */
void registration_detach(struct registration *registration);
/* Tells its interface when what callers may do with it has changed. Lock held, or stopped. */
void registration_changed(struct registration *registration);
/* Is it callable: active, and its owner live? */
bool registration_callable(const struct registration *registration);
/* The @index-th that is callable, with the interface's lock held; NULL past the last. */
struct registration *registration_nth_locked(struct interface *interface, unsigned index);

void owner_failing_init(struct owner *owner);

struct stream;
/* What comes next stands at the start of a line, if this goes to a terminal. */
void stream_begin_line(struct stream *stream);
void stream_print_v(struct stream *stream, const char *format, va_list arguments);

/* How many calls have ended in entries that are being taken out [A], and who waits for them. */
extern uint64_t registration_leavers;
extern struct wait_queue registration_left;

extern struct interface filesystem_interface, node_interface;

void bus_terminal_init(void);
void bus_file_init(void);
void last_words_speak(void); /* context panic */

/* The writer of pending log records, see log_pump.c. */
void log_pump_start(void);
