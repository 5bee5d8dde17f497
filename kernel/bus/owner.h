#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/module.h>
#include <kernel/spinlock.h>

#include <bus/reference_check.h>

/*
 * Owners: what has code that others call, the kernel itself (slot 0) and each module. An owner
 * is a row of the table at OWNER_TABLE (struct module, all that the fast path needs) and this
 * structure, which says where its code lies, on what it depends, and what it has given to the bus.
 */
enum owner_range_kind {
	OWNER_TEXT,
	OWNER_DATA,	 /* read-only data too */
	OWNER_PERCPU,	 /* offsets in each CPU's window */
	OWNER_INIT_TEXT, /* these two are gone after init: set to nothing then */
	OWNER_INIT_DATA,
	OWNER_RANGES,
};

struct owner_range {
	uint64_t start, end; /* end excluded; equal: nothing */
};

#define OWNER_UNSAFE 0x1u /* uses an unsafe interface: leaves by force only */
#define OWNER_DRAINED                                                                              \
	0x2u /* [S] no caller from outside is in it or can come in, until it is live */

struct owner {
	struct module *handle;			 /* [I] its row */
	char name[56];				 /* [I] */
	struct owner_range ranges[OWNER_RANGES]; /* [I] once live */
	uint32_t flags;				 /* [A] OWNER_… */
	void *loader;				 /* [I] the module mechanism's own structure */
	struct list_node dependencies; /* [O: owner_lock] what it needs: dependency.needed */
	struct list_node dependants;   /* [O] what needs it: dependency.needing */
	struct owner_trace trace;      /* under `debug` */
	bool faulted;		       /* [A] where it has no record to end; it is about to fail */
	bool damaged;	  /* [A] only ever set: a sweep has faulted over its data or entry */
	uint32_t failing; /* [F] enum failing; F: failing_lock of failing.c */
	struct list_node in_failing; /* [F] of the reaper */
	struct thread *closer;	     /* of the reaper alone: the thread that ends what it leaves */
	struct spinlock lock;	     /* guards the rest; after an interface's lock */
	struct list_node interfaces; /* [L] that it defines */
	struct list_node registrations; /* [L] oldest first */
	struct list_node spans;		/* [L] oldest first */
	struct list_node bookings;	/* [L] oldest first: struct booking */
};

/* One module needs another: in two lists, and one reference on @on. */
struct dependency {
	struct list_node needed;  /* in from->dependencies */
	struct list_node needing; /* in on->dependants */
	struct owner *from, *on;
};

extern struct owner kernel_owner;

/* Makes the table's first page and the kernel's row. Boot, before any other function of the bus. */
void owner_table_init(void);

/*
 * A row for a new module, state LOADING, counters zero but for OWNER_NOT_LIVE, no ranges. -ENOMEM;
 * -EAGAIN when the table is full. The name is copied. Whether the name is free is the module
 * table's business.
 */
int owner_create(const char *name, struct owner **owner);
/*
 * Gives the row and its dependencies' references back. The ledger is empty, and every CPU has
 * passed a stop since the owner was last LIVE. If its code has run, owner_sweep came after it: no
 * worker has anything left to do for it.
 */
void owner_destroy(struct owner *owner);

/* Books that @from needs @on, and takes a reference for it. 0 also when it was booked before;
 * -ENODEV when @on is not live, -ENOMEM. */
int owner_add_dependency(struct owner *from, struct owner *on);
/* Gives all of them back (owner_destroy does it too). Context: thread. */
void owner_drop_dependencies(struct owner *owner);
bool owner_depends_on(const struct owner *owner, const struct owner *on);
/* Copies the names of its dependants, newest first, comma-separated, "..." when cut. */
void owner_dependants(const struct owner *owner, char *names, size_t size);

/*
 * Changes the state; only inside a stop when it was LIVE or becomes so, since bit 63 of the gets
 * counter (OWNER_NOT_LIVE) is then cleared or set on every CPU (see <kernel/module.h>). LIVE: from
 * here try_module_get succeeds, and bare entries (hooks) are put in their chains. From LIVE to
 * anything else: the bare entries are taken out and, for FAILED, the open spans are cut.
 * UNLOADING with a sum of zero marks it drained: unregistering need not wait for any call then.
 */
void owner_set_state(struct owner *owner, enum module_state state);

/* gets minus puts of all CPUs; only while the machine is stopped does it mean anything. */
int64_t owner_references_stopped(const struct owner *owner);
/* The same while the machine runs: may be too high, never too low. Context: any. */
int64_t owner_references_now(const struct owner *owner);

/*
 * The module whose code or data @address lies in, or whose init's memory lay there before it was
 * freed; the kernel, where it is in the kernel's text; NULL: none. Four loads and no lock, as the
 * page table says it. The owner stays while preemption is off: its pages are cleared in a stop
 * before it goes. Context: any.
 */
struct owner *owner_of_address(uint64_t address);
struct owner *owner_of_freed_init(uint64_t address);
/* Is this a row of the owner table in use? For pointers that modules may have written. */
bool owner_row_valid(const struct module *module);
bool owner_has(const struct owner *owner, enum owner_range_kind kind, uint64_t address);

/* Guards the slots of the table and dependencies. Any context but nmi, interrupts off. */
extern struct spinlock owner_lock;
