#pragma once

#include <kernel/bus.h>

#include <bus/owner.h>

/* What the files of the bus share. */

/* Is this a row of the owner table in use? For pointers that come from modules. */
bool owner_row_valid(const struct module *module);

/* A callback of @owner may point here: its own text, the kernel's, or that of one it depends on. */
bool owner_may_call_back(const struct owner *owner, const void *function);

/* entry_check.c: may @wanted be booked, by code that will return to @caller? 0, -EINVAL, -EPERM; a
 * refusal is one line in the log. Context: thread, no lock held. */
int entry_check(const struct registration *wanted, const void *caller);

/* A new row's counters: zero, and not live where the state says so. */
void owner_counters_reset(struct owner *owner);

/* What stands behind a row. */
#define owner_of(module) ((module)->owner)

/* Under `debug`: code at @place has taken a reference by itself. */
void reference_note_get(struct owner *owner, uint64_t place);

/* Takes an entry out without waiting for calls in it: its owner has failed or nobody is in it. */
void registration_detach(struct registration *registration);
/* Tells its interface when what callers may do with it has changed. Lock held, or stopped. */
void registration_changed(struct registration *registration);

void owner_failing_init(struct owner *owner);

/* How many calls have ended in entries that are being taken out [A], and who waits for them. */
extern uint64_t registration_leavers;
extern struct wait_queue registration_left;
