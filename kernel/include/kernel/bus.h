#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/module.h>
#include <kernel/source_location.h>
#include <kernel/spinlock.h>
#include <kernel/wait.h>

/*
 * The bus: the only way into a module and the only way through. An *interface* is a kind of
 * callback, a *registration* one owner's entry in it, a *call* one trip through an entry.
 * docs/bus.md tells the idea; each interface has a header of its own on top of this one.
 */

/* Where an interface's callbacks run, and so what they may do. */
enum interface_context {
	INTERFACE_THREAD, /* may sleep; called from threads only */
	INTERFACE_ATOMIC, /* must not sleep; called with preemption off */
	INTERFACE_IRQ,	  /* interrupt context */
};

#define INTERFACE_UNIQUE 0x1u /* one registration a name; a second gets EEXIST */
#define INTERFACE_SINGLE 0x2u /* one registration at all; a second gets EEXIST */
/* Calls come without a look at the owner: rule 2 of docs/guide.md. */
#define INTERFACE_UNSAFE 0x4u
/* Exception 1: calls take no reference and leave no record; `left` waits for those under way. */
#define INTERFACE_BARE 0x8u
/* Names are typed: no blanks, no '/', nothing that the shell takes. */
#define INTERFACE_TYPED 0x10u
#define INTERFACE_PASSIVE 0x20u /* an entry may be of use without any operation */

/*
 * A kind of callback, as data. Its definition is static in the file that owns it. An operations
 * structure consists of function pointers only, in the order of @operations; NULL ones are absent.
 */
struct registration;
struct thread;

/* A text that an entry keeps beside its name, for those that show it; NULL: it has none. */
struct entry_text {
	const char *what; /* [I] name of the member */
	size_t offset;	  /* [I] of the pointer to it, in the entry's structure */
};

struct interface {
	const char *name;		/* [I] */
	const char *const *operations;	/* [I] names of the members of the operations structure */
	unsigned operation_count;	/* [I] */
	unsigned required;		/* [I] bit per operation that must not be NULL */
	enum interface_context context; /* [I] */
	unsigned flags;			/* [I] */
	int absent;			/* [I] what a call of an operation that is NULL returns */
	size_t entry_size;	    /* [I] of the structure that a registration stands in, or 0 */
	size_t entry_before;	    /* [I] bytes of it before the registration */
	struct entry_text texts[4]; /* [I] what an entry keeps beside its name; the rest is zero */
	struct module *owner;	    /* [L] the module that defines it; NULL: not registered */
	struct thread *claimant;    /* [L] of the owner: the thread that ends it; docs/ending.md */
	const struct source_location *place; /* [I] where */
	/*
	 * Each may be NULL. entering: the entry has its name, and no call can come yet; an error
	 * refuses it. changed: it becomes callable or stops being so; lock held, or stopped. left:
	 * it is closed, and calls have left it, or was refused. entering and left run in threads
	 * and may sleep. One thread at a time is in entering or left of one entry. Once the owner
	 * has failed, its own functions are not called any more.
	 */
	int (*entering)(struct registration *registration);		   /* [I] */
	void (*changed)(struct registration *registration, bool callable); /* [I] */
	void (*left)(struct registration *registration);		   /* [I] */
	struct spinlock lock;		/* guards the list and its registrations */
	struct list_node registrations; /* [L] oldest first */
	unsigned closed;		/* [L] how many of them are: they have their names still */
	struct list_node in_owner;	/* [L] of the owner */
};

enum registration_state {
	REGISTRATION_NONE = 0,
	REGISTRATION_ENDED,    /* by a sweep: as NONE, but to unregister it is no mistake, once */
	REGISTRATION_ENTERING, /* a thread registers it: not in the lists yet */
	REGISTRATION_RESERVED, /* the name is taken, no call can come */
	REGISTRATION_ACTIVE,   /* callable while the owner is live */
	REGISTRATION_CLOSED,   /* no new calls; its claimant waits for those in flight */
};

/*
 * One entry; embedded in the structure that a module registers; zeroed before first use. Three
 * parties may end it: the module that unregisters, the sweep of its owner, and the sweep of the
 * owner of its interface. The one that makes itself the claimant ends it, and every other party
 * waits until the entry has a claimant no more (docs/ending.md). It stays in both lists until then.
 */
struct registration {
	struct list_node in_interface;	     /* [L] of the interface */
	struct list_node in_owner;	     /* [L] of the owner */
	struct list_node in_names;	     /* of the bus: kernel/bus/names.c */
	uint32_t name_hash;		     /* [I] likewise */
	struct interface *interface;	     /* [I] while registered */
	struct module *owner;		     /* [I] */
	const struct source_location *place; /* [I] */
	const char *name;		     /* [I] lives as long as the registration */
	const void *const *operations;	     /* [I] NULL: all are absent */
	uint32_t state;			     /* [L] enum registration_state; [A] to ENTERING */
	uint32_t spans;			     /* [L] of the owner: open spans */
	struct thread *claimant; /* [L] of the owner: the thread that enters or ends it */
	uint64_t serial;	 /* [I] later registrations have higher ones */
};

/*
 * Takes the name and books the entry, invisible to callers. @wanted: what it is to be, its
 * interface, owner, place, name and operations. All that is kept, the structure that @registration
 * stands in included, lies in data or a live heap object of the owner, of the kernel, or of what
 * the owner depends on. -EEXIST (name taken; the log names its owner), -EINVAL (the name or the
 * memory will not do, a callback lies outside the texts allowed, a required one is missing, or it
 * is registered already), -EPERM (the caller, by the return address, is neither the owner nor a
 * module it depends on), -ENODEV (the owner is leaving, or the interface is not registered), or
 * what the interface says. Each refusal is one line in the log; for what the interface refuses,
 * that is its part. Context: thread.
 */
int registration_reserve(struct registration *registration, const struct registration *wanted);
/* Makes @count reservations callable, all together or none (-EINVAL, and a line in the log), in a
 * stop. Context: thread. */
int registration_activate(struct registration *const *set, size_t count);
/* Both halves in one. */
int registration_register(struct registration *registration, const struct registration *wanted);
/*
 * Takes the entry out and waits until no call is in it. -EDEADLK from inside its own call, from a
 * hook, a timer or an interrupt handler, and from its interface's functions; -EBUSY while spans are
 * open on it; -EINVAL, and a line in the log, when it is not registered. 0 also when a sweep has
 * ended it, or another thread of the module meanwhile. Context: thread.
 */
int registration_remove(struct registration *registration);

/* For an interface's own file. Is the entry callable: active, and its owner live? Any context. */
bool registration_callable(const struct registration *registration);
/* For `entering`: one line in the log that says @why the entry is refused; returns @error. */
int registration_refuse(const struct registration *registration, int error, const char *why);
/* The @index-th entry that is callable; NULL past the last, and when the caller does not hold the
 * interface's lock, which is told in the log. */
struct registration *registration_nth_locked(struct interface *interface, unsigned index);

/*
 * What each interface's own names are made of, as command_register: struct KIND has a name,
 * operations and a registration, and goes into the interface @in as an entry of @whose. @half:
 * reserve or register. Macros, so that place and return address are those of the code that uses
 * them.
 */
#define REGISTRATION_ENTER(half, kind, in, entry, whose)                                           \
	({                                                                                         \
		struct kind *entry_ = (entry);                                                     \
		const struct registration wanted_ = {                                              \
		    .interface = (in),                                                             \
		    .owner = (whose),                                                              \
		    .place = HERE,                                                                 \
		    .name = entry_->name,                                                          \
		    .operations = (const void *const *)entry_->operations,                         \
		};                                                                                 \
		registration_##half(&entry_->registration, &wanted_);                              \
	})
#define REGISTRATION_LEAVE(kind, entry)                                                            \
	({                                                                                         \
		struct kind *entry_ = (entry);                                                     \
		registration_remove(&entry_->registration);                                        \
	})

/* For files that define an interface, in modules too. */
#define INTERFACE_OPERATIONS(...)                                                                  \
	.operations = (const char *const[]){__VA_ARGS__},                                          \
	.operation_count = ARRAY_SIZE(((const char *const[]){__VA_ARGS__}))
/* What an entry of struct KIND consists of, and its members that are texts and are kept. */
#define INTERFACE_ENTRY(kind)                                                                      \
	.entry_size = sizeof(struct kind), .entry_before = offsetof(struct kind, registration)
#define ENTRY_TEXT(kind, member)                                                                   \
	{                                                                                          \
#member, offsetof(struct kind, member)                                             \
	}
#define interface_register(interface) interface_register_at(interface, THIS_MODULE, HERE)
/* -EINVAL: no name, registered already, a function of its own outside the texts allowed, or it, its
 * name or its tables do not lie in memory that stays; the log says which. */
int interface_register_at(struct interface *interface, struct module *owner,
			  const struct source_location *place);
/* -EBUSY while it has registrations; 0 also when it is not registered, or when the sweep of its
 * owner has ended it meanwhile. Context: thread. */
int interface_unregister(struct interface *interface);

/* The index of an operation in its structure: OPERATION(command, run). */
#define OPERATION(kind, member) (offsetof(struct kind##_operations, member) / sizeof(void *))

/*
 * The record of one call into a module, on the caller's stack and on its thread's list: it names
 * calls in flight, and it is where a fault in the callee comes back to.
 */
struct call {
	struct call *outer;		   /* [P] of its thread */
	struct module *owner;		   /* [I] what is called */
	struct registration *registration; /* [I] NULL: the owner's own business, or a cut span's */
	const void *function;		   /* [I] what call_through calls, NULL: nothing */
	void *stack;			   /* where call_through was entered, for containment */
	/* What the callee must leave as it finds it; written by call_through. */
	uint32_t preempt_count, irq_depth; /* of this CPU; */
	uint64_t processor_flags;	   /* interrupts, direction, single step, alignment; */
	uint32_t spinlocks, mutexes;	   /* how many this CPU, the thread holds; */
	uint64_t lent;			   /* the thread's CPU and priority; */
	uint64_t wait;			   /* the thread's innermost */
	long absent;			   /* [I] what call_through returns without a function */
	const char *own;    /* [I] "init", "exit", "work item" …; NULL: an operation */
	uint32_t operation; /* [I] its index */
	uint32_t flags;
	const struct guard *guard; /* [I] the guarded walk that it was begun in */
	struct thread *thread;	   /* [I] on whose list it is, while the flags say so */
	uint64_t serial;	   /* [I] that thread's calls begun later have higher ones */
	bool cut;		   /* [S] its owner has failed, and the entry may be gone */
};

#define CALL_FAULTED 0x2u /* in call->flags: ended by a fault, not by returning */

/*
 * Finds the active entry @name and begins a call of one of its operations: reference taken, record
 * pushed. -ENOENT when there is none or its owner is not live; -EINVAL, and a line in the log, when
 * @call is the record of a call that has not ended. Every success is ended by call_end.
 * No lock is taken, and the time does not depend on how many entries there are. Context: any but an
 * interrupt in a call of an interface that is not for interrupts.
 */
int call_begin_by_name(struct call *call, struct interface *interface, const char *name,
		       unsigned operation);
/* The same for an entry that cannot vanish meanwhile (a span, a lock, preemption off). */
int call_begin(struct call *call, struct registration *registration, unsigned operation);
/* The same with the lock of the entry's interface held, which keeps the entry there. The lock is
 * given back before call_through. */
int call_begin_locked(struct call *call, struct registration *registration, unsigned operation);
/* Calls end in any order, on the thread that has begun them. One line in the log, and no more, for
 * a call that has not been begun, is over, or is under way. */
void call_end(struct call *call);

/*
 * Calls the operation with up to five arguments, each of its parameter's own type, and returns what
 * it returns, or the interface's `absent` when it is NULL. A fault in the callee makes it return
 * -ENOTRECOVERABLE instead, with the owner failed. The result is of the operation's own type too:
 * cast it, to int say.
 * -EINVAL, and a line in the log: this thread has not begun the call, has ended it, or is in it.
 */
long call_through(struct call *call, ...);

/*
 * A span: an object with a first and a last call (mount … unmount, open … close). It holds one
 * reference on the owner, so that the calls between take none. Force and failure cut it off in a
 * stop: calls in it answer -ENODEV from there.
 *
 * What is open is the bus's own record, booked to the module that opened it too. So the memory of a
 * struct span may go, or be written over, while it is open: the sweep of that module ends it.
 */
struct span {
	/* [A] NULL: it is not. Written by span_open, which finds NULL there, and by span_close: of
	 * two threads that do the same at once one does it, and the other is told that it is done.
	 */
	struct open_span *open;
};

/*
 * Inside a call on @registration: before the callback opens the object, or after, and then the
 * caller releases it again when this fails (call_once): the span is not open then. -ENODEV:
 * @registration is NULL, since the call has found no entry, its owner has failed meanwhile, or
 * @opener is leaving or has failed; -ENOMEM; -EINVAL: it is
 * open. @object is for reports, and is copied.
 */
#define span_open(span, registration, object)                                                      \
	span_open_at(span, registration, object, THIS_MODULE, HERE)
int span_open_at(struct span *span, struct registration *registration, const char *object,
		 struct module *opener, const struct source_location *place);
void span_close(struct span *span); /* nothing when it is not open */
/* Ended by call_end. The span stays open meanwhile: its user sees to that. */
void span_call_begin(struct call *call, struct span *span, unsigned operation);

/* One whole call, of an entry that cannot vanish meanwhile or in a span; the arguments are
 * call_through's. */
#define call_once(registration, operation, ...)                                                    \
	CALL_WHOLE(call_begin(&call_here, registration, operation), __VA_ARGS__)
#define span_call(span, operation, ...)                                                            \
	CALL_WHOLE((span_call_begin(&call_here, span, operation), 0), __VA_ARGS__)
#define CALL_WHOLE(begun, ...)                                                                     \
	({                                                                                         \
		struct call call_here;                                                             \
		long call_result = (begun);                                                        \
		if (call_result == 0) {                                                            \
			call_result = call_through(&call_here, __VA_ARGS__);                       \
			call_end(&call_here);                                                      \
		}                                                                                  \
		call_result;                                                                       \
	})
