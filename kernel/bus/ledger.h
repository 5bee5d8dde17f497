#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/report.h>

#include <kernel/module.h>

#include <bus/owner.h>

/*
 * The ledger: what holds an owner, and what an owner has. Everything that outlives a call is
 * booked: registrations and spans here, timers, work, threads, heap and mappings by their own
 * folders, which are asked through the functions below.
 */
/*
 * What holds @owner, by name, and what the sum is. Only while the machine is stopped, so that the
 * lines and the sum agree; takes no lock and no memory. @own: also the owner's own threads and the
 * calls that it makes itself (init, exit, work), which hold no reference but whose code runs.
 * Returns the number of holders; 1 when the owner has written over what they stand in, and fails.
 */
uint64_t owner_holders_stopped(struct owner *owner, bool own, struct module_report *report);
/* The same, with its own, in a stop of its own: are there any? Context: thread. */
bool owner_holders(struct owner *owner, struct module_report *report);

/*
 * Is the thread @owner's own, or inside a call of it (init, exit, a callback)? Exact, unlike what
 * the words on its stack tell. The thread is the current one, or the machine is stopped.
 */
bool owner_runs_in(const struct owner *owner, const struct thread *thread);
/* How many calls into @owner are under way on all threads, its own (init, exit, work, threads)
 * included; stopped. */
unsigned owner_calls_stopped(const struct owner *owner);

/*
 * Closes the books of @owner: from here nothing more is booked to it, no registration, interface,
 * timer, work item, thread or open file; the function that would book it refuses. Before its
 * threads are counted, since one that is counted must not make another. Context: thread.
 */
void owner_close(struct owner *owner);
/*
 * Closes the books and removes what @owner has left behind: registrations, interfaces, timers,
 * work, open files, ended threads, mappings, heap, in this order, each with a warning that names it
 * and its place. Callbacks that run are waited for. Threads cannot be removed: see thread_count_of.
 * -ENOTRECOVERABLE: it has faulted over the owner's data, now or before; the owner then cannot
 * leave. Context: thread; no caller from outside can come in any more.
 */
int owner_sweep(struct owner *owner);
/* The part of it that a failed owner gets: what could call into it. Does not wait for its
 * callbacks. Context: the thread that closes it. */
void owner_sweep_failed(struct owner *owner);

/* What it has registered, a line each behind @prefix: "command hello at hello.c:24". In a stop of
 * its own. Context: thread. */
void owner_report_registrations(struct owner *owner, const char *prefix,
				struct module_report *report);

/*
 * Force and failure: each open span of @owner answers ENODEV from here, its reference is put, and
 * it is forgotten. Stopped.
 */
void owner_cut_spans_stopped(struct owner *owner);

/*
 * The owner has faulted, or must not be called any more: FAILED in a stop, spans cut; what could
 * call into it is removed a moment later, by a thread of the kernel's, and its threads are asked to
 * stop. Its memory stays. Context: thread, no lock held. owner_fail_later: the stop, too, comes a
 * moment later. Any context but nmi.
 */
void owner_fail(struct owner *owner, const char *why);
void owner_fail_later(struct owner *owner);
/* Waits until that is done, if it has begun; false: it was not by @deadline. Context: thread. */
bool owner_await_failing(struct owner *owner, uint64_t deadline);
