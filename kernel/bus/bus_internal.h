#pragma once

#include <stdarg.h>

#include <kernel/bus.h>

#include <bus/owner.h>

/* What the files of the bus share. */

#define CALL_OWN 0x2u	  /* the owner's own business: init, exit, work, threads */
#define CALL_FAULTED 0x4u /* ended by containment, not by returning */
#define CALL_HOLDS 0x1u	  /* in call->flags: took a reference, given back by call_end */

/* Is this a row of the owner table in use? For pointers that come from modules. */
bool owner_row_valid(const struct module *module);

/* A callback of @owner may point here: its own text, the kernel's, or that of one it depends on. */
bool owner_may_call_back(const struct owner *owner, const void *function);
/* May code at return address @caller register for @owner? */
bool owner_may_register(const struct owner *owner, const void *caller);

/* A new row's counters: zero, and not live where the state says so. */
void owner_counters_reset(struct owner *owner);

struct owner *owner_of(const struct module *module);
/* Under `debug`: code at @place has taken a reference by itself. */
void reference_note_get(struct owner *owner, uint64_t place);

/* The first entry of @interface with a serial above @after that @match accepts and whose owner is
 * live; a call is begun in it. -ENOENT. @match NULL: any. */
int call_begin_match(struct call *call, struct interface *interface, uint64_t after,
		     bool (*match)(const struct registration *registration, const void *argument),
		     const void *argument, const char *operation);

/* How many calls into @registration are under way on all threads. Context: thread. */
unsigned registration_calls(const struct registration *registration);
/* Takes an entry out without waiting for calls in it: its owner has failed or nobody is in it. */
void registration_detach(struct registration *registration);
/* Tells its interface when what callers may do with it has changed. Lock held, or stopped. */
void registration_changed(struct registration *registration);
/* Is it callable: active, and its owner live? */
bool registration_callable(const struct registration *registration);

/* Everything registered by @owner goes: with a warning each unless @quiet. The number. */
unsigned sweep_registrations(struct owner *owner, bool quiet);

void owner_failing_init(struct owner *owner);

struct stream;
/* What comes next stands at the start of a line, if this goes to a terminal. */
void stream_begin_line(struct stream *stream);
void stream_print_v(struct stream *stream, const char *format, va_list arguments);

/* Woken when a call in an entry ends that is being taken out. */
extern struct wait_queue registration_left;

/*
 * The functions that most interfaces of the kernel consist of: KIND_reserve_at, KIND_register_at
 * and KIND_unregister for entries of type struct KIND, named @entry in @valid and @callbacks. They
 * are functions of their own, not one behind another, so that the return address is the caller's.
 */
#define REGISTRATION_FUNCTIONS(kind, valid, callbacks)                                             \
	int kind##_reserve_at(struct kind *entry, struct module *owner, const struct place *place) \
	{                                                                                          \
		if (!(valid))                                                                      \
			return -EINVAL;                                                            \
		return registration_reserve(&entry->registration, &kind##_interface, entry->name,  \
					    callbacks, owner, place, __builtin_return_address(0)); \
	}                                                                                          \
	EXPORT_SYMBOL(kind##_reserve_at);                                                          \
	int kind##_register_at(struct kind *entry, struct module *owner,                           \
			       const struct place *place)                                          \
	{                                                                                          \
		if (!(valid))                                                                      \
			return -EINVAL;                                                            \
		return registration_register(&entry->registration, &kind##_interface, entry->name, \
					     callbacks, owner, place,                              \
					     __builtin_return_address(0));                         \
	}                                                                                          \
	EXPORT_SYMBOL(kind##_register_at);                                                         \
	int kind##_unregister(struct kind *entry)                                                  \
	{                                                                                          \
		return registration_remove(&entry->registration);                                  \
	}                                                                                          \
	EXPORT_SYMBOL(kind##_unregister)

/* Interfaces in order of registering, with interfaces_lock held or stopped. */
uint64_t interfaces_lock(void);
void interfaces_unlock(uint64_t flags);
struct interface *interface_next_locked(struct interface *interface);

/* Tells timers and work what may be booked to whom. */
void bus_schedule_init(void);
void bus_command_init(void);
void bus_terminal_init(void);
void bus_notifier_init(void);
void bus_irq_init(void);
void bus_node_init(void);
void bus_filesystem_init(void);
void bus_last_words_init(void);

/* The writer of pending log records, see log_pump.c. */
void log_pump_start(void);
