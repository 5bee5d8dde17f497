#pragma once

#include <stdbool.h>

#include <kernel/bus.h>

struct trap_frame;

/* In call->flags: took a reference, given back by call_end; pushed, and not popped since. */
#define CALL_HOLDS 0x1u
#define CALL_LISTED 0x115ed000u
#define CALL_FLAGS 0xfffu /* those that are no mark */

#define CALLS_DEEP_MAX 512 /* more than stacks have room for */

/* What call_through leaves on the stack while it is in a callee: memory that no module writes to by
 * mistake while it runs, so that what is entered is found behind a record that is lost. */
struct call_frame {
	struct call *call;
	struct call_frame *outer; /* of its thread; NULL: none */
};

/*
 * What an interface's own file begins calls with, beside <kernel/bus.h>: a call in the first entry
 * of @interface that is active and whose owner is live. -ENOENT.
 */
int call_begin_first(struct call *call, struct interface *interface, unsigned operation);

/* The call on the entry that this thread is in, the innermost; NULL: none. */
const struct call *call_inside(const struct registration *registration);

/*
 * Records are memory of the callers: one may have gone, or have been written over, while it is on a
 * list. The innermost record of @thread that is whole, and the next one further out; NULL: none is.
 * Behind one that is not, the list goes on at the next call that has been entered: what has been
 * begun between the two, and not entered, is not found. Context: the thread itself, or stopped.
 */
struct call *call_innermost(const struct thread *thread);
struct call *call_outer(const struct call *call);

/* The records of all threads, innermost first; stopped. */
#define for_each_call(thread, call)                                                                \
	list_for_each(thread, &thread_list, all)                                                   \
		for (call = call_innermost(thread); call; call = call_outer(call))

/* What a record that stands on a thread's list is a call of: "init", or an operation's name. */
const char *call_operation(const struct call *call);

/*
 * For the fault policy: can this exception be contained? If it came in thread context inside a
 * call_through into a module, or in a walk_guarded, with no lock taken since, the frame is changed
 * so that returning to it ends that call with -ENOTRECOVERABLE, or goes on with the walk (the owner
 * then fails, in thread context), and true is returned. The caller has reported the fault already.
 * Context: exception, interrupts off.
 */
bool containment_unwind(struct trap_frame *frame);
/* Has this module been reported already, with what calls it without a reference not yet taken out?
 */
bool containment_repeats(const struct trap_frame *frame);
