#pragma once

#include <lib/report.h>

#include <kernel/booking.h>
#include <kernel/bus.h>

#include <bus/owner.h>

/* What the files of the bus share. */

#define NAME_LONGEST 63 /* characters of an entry's name */

/* What a struct span leads to while it is open: of the kernel's own memory. It is ended by the
 * party that takes it: the code that closes the span, or the sweep of the module that opened it. */
struct open_span {
	struct list_node in_owner;	   /* [L] of the entry's owner */
	struct registration *registration; /* [S] NULL once cut off: no way leads there then */
	struct booking booking;		   /* to the opener, by the name ->object */
	uint64_t since;			   /* [I] time_now() at opening */
	char object[NAME_LONGEST + 1];	   /* [I] cut where it is longer */
};

/* Does @at lie in a range that stays as long as @owner: its own, the kernel's, or that of one it
 * depends on? Callbacks lie in such text, places in such data. Context: any but nmi. */
bool owner_reaches(const struct owner *owner, enum owner_range_kind kind, const void *at);

/*
 * kept.c: may the kernel keep @size bytes at @memory until @owner takes them back? NULL, or why not
 * and what to change, for "WHAT is ...". Reads nothing there. Context: any but nmi.
 */
const char *kept_fault(const struct owner *owner, const void *memory, size_t size);
/* The same for a text of at most @longest bytes, which is then known to end. */
const char *kept_text_fault(const struct owner *owner, const char *text, size_t longest);

/*
 * entry_check.c: may @wanted be booked in @registration, may @interface, by code that will return
 * to @caller? 0, -EINVAL, -EPERM, -ENODEV; a refusal is one line in the log. Context: thread, no
 * lock held.
 */
int entry_check(const struct registration *registration, const struct registration *wanted,
		const void *caller);
int interface_check(const struct interface *interface, const struct module *module,
		    const struct source_location *place, const void *caller);

/* The module whose code will be returned to. Context: any. */
const struct owner *calling_owner(const void *caller);

/* A new row's counters: zero, and not live where the state says so. */
void owner_counters_reset(struct owner *owner);

/* What stands behind a row. */
#define owner_of(module) ((module)->ledger)

/* Under `debug`: code at @place has taken a reference by itself. */
void reference_note_get(struct owner *owner, uint64_t place);
/* Lines with the places of the last ones. Context: any, stopped. */
void reference_report_gets(const struct owner *owner, struct module_report *report);

/*
 * claim.c: which party ends an entry. For sweeps: the oldest entry of an owner, or in an interface,
 * that has no other claimant, with the caller as its claimant; NULL when there is no entry left,
 * but for those that a damaged owner has. Waits while all that is left is claimed by others.
 * Context: thread, no lock held.
 */
struct registration *registration_claim_of(struct owner *owner);
struct registration *registration_claim_in(struct interface *interface);
/* Claims an entry whose memory is the caller's: waits while another thread has it. -ESRCH: another
 * party has ended it; -EDEADLK: this thread has it; -ENOTRECOVERABLE: a damaged owner's, which does
 * not let go. Context: thread, no lock held. */
int registration_claim(struct registration *registration);
void registration_release(struct registration *registration);
/* registration.c. Ends an entry that the caller has claimed; waits for calls in it, unless its
 * owner has failed. */
void registration_end(struct registration *registration);
/* Tells its interface when what callers may do with it has changed. Lock held, or stopped. */
void registration_changed(struct registration *registration);

/*
 * names.c: an entry's name is known from names_add to names_remove, from which on no look-up comes
 * to it. names_rival: an entry that has the name, be it closed, and whose owner has not failed; the
 * interface's lock is held. names_find: the oldest entry of that name, or the next one behind
 * @after, among those whose owners may have callers. It takes no lock: preemption stays off from
 * the first look to the last use of what was found.
 */
void names_add(struct registration *registration);
void names_remove(struct registration *registration);
const struct registration *names_rival(const struct interface *interface, const char *name);
struct registration *names_find(const struct interface *interface, const char *name,
				const struct registration *after);
/* OWNER_DRAINED of the owner has changed. Stopped. */
void names_move_stopped(struct owner *owner);

/* call.c: for spans. A call that takes no reference; @registration NULL: the span has been cut, and
 * call_through answers -ENODEV. Preemption is off. */
void call_begin_in_span(struct call *call, struct registration *registration, unsigned operation,
			const void *place);

/* span.c: cuts each call record and each span off the entry @registration: no way leads from them
 * to it or to its owner then. Stopped; 0. */
int registration_cut_stopped(void *registration);

/* booking.c, for the sweep: the oldest of @owner's, taken off; NULL: none is left. booking_end ends
 * what was taken off @owner's list. Context: thread, no lock held. */
struct booking *booking_take_of(struct owner *owner);
void booking_end(struct booking *booking, const struct owner *owner);

/* interface.c: as registration_claim_of and registration_end. *@at is the owner of the entry that
 * is being ended; NULL: none is. */
struct interface *interface_claim_of(struct owner *owner);
void interface_end(struct interface *interface, struct owner **at);
/* May an entry come in? The interface's lock is held. */
bool interface_takes_entries(const struct interface *interface);
/*
 * Calls `entering` or `left` (@function, called @what in reports) of the entry's interface: its
 * result, -ENOTRECOVERABLE after a fault, -ENODEV when the module that defines the interface has
 * failed. Context: thread. interface_tell_change: `changed`. The interface's lock held, or stopped.
 */
int interface_tell(struct registration *registration, const void *function, const char *what);
void interface_tell_change(struct registration *registration, bool callable);

/* Is it in the lists of its interface and its owner? */
static inline bool registration_is_listed(const struct registration *registration)
{
	return READ_ONCE(registration->state) > REGISTRATION_ENTERING;
}

/* May something more be booked to @owner? Its lock is held. */
static inline bool owner_takes_bookings(const struct owner *owner)
{
	return !READ_ONCE(owner->handle->closed) && owner->handle->state != MODULE_FAILED;
}

/* How many calls have ended in entries that are being ended [A], and the queue of the threads that
 * wait for such calls; the queue of those that wait for a claimant. */
extern uint64_t registration_leavers;
extern struct wait_queue registration_left, registration_released;
