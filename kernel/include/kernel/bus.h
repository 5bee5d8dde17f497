#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/module.h>
#include <kernel/place.h>
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
#define INTERFACE_UNSAFE                                                                           \
	0x2u		    /* calls come without a look at the owner: rule 2 of docs/guide.md     \
			     */
#define INTERFACE_BARE 0x4u /* exception 1: no reference is taken, removal waits for a grace */

/*
 * A kind of callback, as data. Its definition is static in the file that owns it. An operations
 * structure consists of function pointers only, in the order of @operations; NULL ones are absent.
 */
struct registration;

struct interface {
	const char *name;		/* [I] */
	const char *const *operations;	/* [I] names of the members of the operations structure */
	unsigned operation_count;	/* [I] */
	unsigned required;		/* [I] bit per operation that must not be NULL */
	enum interface_context context; /* [I] */
	unsigned flags;			/* [I] */
	const void *dead_operations; /* [I] what a span answers once cut off; NULL: has no spans */
	struct module *owner;	     /* [I] who defines it */
	const struct place *place;   /* [I] where */
	/* When an entry becomes callable or stops being so; lock held, or machine stopped. */
	void (*changed)(struct registration *registration, bool callable); /* [I] may be NULL */
	/* Unregisters an entry that its owner left behind; NULL: registration_remove. */
	int (*remove)(struct registration *registration); /* [I] */
	struct spinlock lock;		/* guards the list and its registrations */
	struct list_node registrations; /* [L] oldest first */
	struct list_node all;		/* the bus's list of interfaces */
};

enum registration_state {
	REGISTRATION_NONE = 0,
	REGISTRATION_RESERVED, /* the name is taken, nobody can call */
	REGISTRATION_ACTIVE,   /* callable while the owner is live */
	REGISTRATION_GONE,     /* no new calls; waits for those in flight */
};

/* One entry; embedded in the structure that a module registers; zeroed before first use. */
struct registration {
	struct list_node in_interface; /* [L] of the interface */
	struct list_node in_owner;     /* [L] of the owner */
	struct interface *interface;   /* [I] while registered */
	struct module *owner;	       /* [I] */
	const struct place *place;     /* [I] */
	const char *name;	       /* [I] lives as long as the registration */
	const void *operations;	       /* [I] */
	uint32_t state;		       /* [L] enum registration_state */
	uint32_t spans;		       /* [L] of the owner: open spans */
	uint64_t serial;	       /* [I] later registrations have higher ones */
};

/*
 * Takes the name and books the entry, invisible to callers. @caller is the return address of the
 * register function. -EEXIST (name taken; the log names its owner), -EINVAL (a callback lies
 * outside the texts allowed, or a required one is missing), -EPERM (the caller is neither the owner
 * nor a module it depends on), -ENODEV (the owner is leaving). Context: thread.
 */
int registration_reserve(struct registration *registration, struct interface *interface,
			 const char *name, const void *operations, struct module *owner,
			 const struct place *place, const void *caller);
/* Makes @count reservations callable, all together or none (-EINVAL). */
int registration_activate(struct registration *const *set, size_t count);
/* Both halves in one. */
int registration_register(struct registration *registration, struct interface *interface,
			  const char *name, const void *operations, struct module *owner,
			  const struct place *place, const void *caller);
/* Takes the entry out and waits until no call is in it; -EDEADLK from inside its own call, -EBUSY
 * while spans are open on it. */
int registration_remove(struct registration *registration);

/* For files that define an interface, in modules too. */
#define interface_register(interface) interface_register_at(interface, THIS_MODULE, PLACE)
int interface_register_at(struct interface *interface, struct module *owner,
			  const struct place *place);
int interface_unregister(struct interface *interface); /* -EBUSY while it has registrations */

/*
 * The record of one call into a module, on the caller's stack and on its thread's list: it names
 * calls in flight, and it is where a fault in the callee comes back to.
 */
struct call {
	struct call *outer;		   /* [P] of its thread */
	struct module *owner;		   /* [I] who is called */
	struct registration *registration; /* [I] or NULL (init, exit) */
	const char *operation;		   /* [I] "run", "init", … */
	void *stack;			   /* where call_through was entered, for containment */
	uint32_t preempt_count;		   /* at entry, restored by containment */
	uint32_t flags;
	uint32_t mutexes; /* of the kernel, held by the thread at its beginning */
};

/*
 * Finds the active entry @name and begins a call in it: reference taken, record pushed. -ENOENT
 * when there is none or its owner is not live. Every success is ended by call_end.
 */
int call_begin_by_name(struct call *call, struct interface *interface, const char *name,
		       const char *operation);
/* The same for an entry that cannot vanish meanwhile (a span, a lock, preemption off). */
int call_begin(struct call *call, struct registration *registration, const char *operation);
void call_end(struct call *call);

/*
 * Calls @function with up to five arguments inside @call and returns what it returns. A fault in
 * the callee makes it return -ENOTRECOVERABLE instead, with the owner failed.
 */
long call_through(struct call *call, const void *function, uint64_t a, uint64_t b, uint64_t c,
		  uint64_t d, uint64_t e);

/*
 * A span: an object with a first and a last call (mount … unmount, open … close). It holds one
 * reference on the owner, so that the calls between take none. They go through @operations, read
 * after span_call_begin: force and failure put the interface's dead operations there, stopped.
 */
struct span {
	struct list_node in_owner;	   /* [L] of the owner */
	struct module *owner;		   /* [S] whom it holds; NULL once cut off */
	struct registration *registration; /* [S] NULL once cut off */
	const void *operations;		   /* [S] */
	const char *object;		   /* [I] for reports; lives as long as the span */
	uint64_t since;			   /* [I] time_now() at opening */
};

/* Inside a call on @registration whose callback has opened the object. -ENODEV: its owner has
 * failed meanwhile; the span is not open then. @span does not stand on a stack, which a fault may
 * take away. */
int span_open(struct span *span, struct registration *registration, const char *object);
void span_close(struct span *span);
/* Ended by call_end. The span stays open meanwhile: its user sees to that. */
void span_call_begin(struct call *call, struct span *span, const char *operation);
