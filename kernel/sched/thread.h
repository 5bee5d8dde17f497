#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

#include <sync/held.h>

struct call;
struct call_frame;

enum thread_state {
	THREAD_RUNNING, /* runs, or waits for a CPU only */
	THREAD_SLEEPING,
	THREAD_ENDING, /* its function has returned, its stack is still in use */
	THREAD_DEAD,   /* waits for thread_stop */
};

/* One wait of a thread. [L] of the queue, [P] of the thread, like below. */
struct waiter {
	struct list_node node;	  /* [L] */
	struct thread *thread;	  /* [L] NULL: not in the queue, or woken */
	struct wait_queue *queue; /* [P] from wait_prepare to wait_finish, else NULL */
	const char *name;	  /* [P] of the queue's lock: is the memory a queue's still? */
	uint64_t number;	  /* [P] those begun later have higher ones; 0: unused */
};

/*
 * A thread. [R] is guarded by the lock of the run queue of ->cpu, [P] the thread's own (or its
 * CPU's with preemption off), [T] by the lock of the list of all threads.
 */
struct thread {
	uint64_t stack_pointer;	  /* [R] while it does not run */
	uint64_t stack_top;	  /* [I] one past the highest byte; 0: the boot stack */
	uint64_t stack_bottom;	  /* [I] */
	struct call *calls;	  /* [P] innermost call into a module (<kernel/bus.h>) */
	struct call_frame *frame; /* [P] of the innermost that has been entered; call_through's */
	union {			  /* what a callback that it is lent to must not change for good */
		struct {
			int32_t affinity;  /* a CPU or THREAD_ANY_CPU; set by itself, running */
			uint32_t priority; /* enum thread_priority; likewise */
		};
		uint64_t lent; /* both */
	};
	uint64_t wait;		   /* [P] number of its innermost wait; 0: it has none */
	uint64_t waits_begun;	   /* [P] */
	uint64_t calls_begun;	   /* [P] */
	struct held_locks mutexes; /* [P] that it holds */
	uint32_t id;		   /* [I] */
	uint32_t state;		   /* [R] enum thread_state; the thread itself may set SLEEPING */
	int32_t cpu;		   /* [R] where it runs, waits, or ran last */
	bool queued;		   /* [R] is current, in a run queue, or on its way to one */
	bool idle;		   /* [I] */
	bool stop;		   /* [A] only ever set: by thread_ask_to_stop */
	bool stopping;		   /* [T] only ever set: by the thread that will free it */
	int32_t result;		   /* [P] what its function returned */
	int (*function)(void *argument);     /* [I] */
	void *argument;			     /* [I] */
	struct module *owner;		     /* [I] */
	const struct source_location *place; /* [I] */
	struct list_node node;		     /* [R] in a run queue */
	struct list_node all;		     /* [T] */
	uint64_t run_time;		     /* [R] ns, up to its last switch */
	uint64_t since;			     /* [R] when it was switched to */
	struct timer timer;		     /* ends its sleep */
	struct waiter waiters[WAITS_MOST];   /* in any order */
	char name[32];			     /* [I] */
};

extern struct list_node thread_list;	 /* [T] all threads, oldest first, idle ones included */
extern struct spinlock thread_list_lock; /* in a stop no CPU has it */

/*
 * The machine is stopped: the part of the thread's stack that is in use, [*low, *high), with all
 * its saved registers in it. False: it has none that could lead into a module (an idle thread's, a
 * dead one's).
 */
bool thread_stack_stopped(const struct thread *thread, uint64_t *low, uint64_t *high);

/*
 * The bus's: calls what is @owner's own business, by the name @what: init, exit, a work item's
 * function, a thread's. The record of the call is pushed without taking a reference. Returns what
 * @function returns, or -ENOTRECOVERABLE when it faults.
 */
int call_without_reference(struct module *owner, const char *what, const void *function,
			   void *argument);

/*
 * For the sweep. The threads of @owner that have not ended, and the name of one; a thread of its
 * that has ended, claimed by the caller, which thread_join then frees, NULL: none is left, those
 * that others stop included; asks all of them to stop, without waiting. Once @owner is closed no
 * thread is added to these. Context: thread.
 */
unsigned thread_count_of(const struct module *owner, char *name, size_t size);
struct thread *thread_claim_ended_of(const struct module *owner);
int thread_join(struct thread *thread); /* thread_stop, for the thread that is claimed */
void thread_ask_of(const struct module *owner);

/* "running", "ready", "sleeping", "ended". */
const char *thread_state_name(const struct thread *thread);
uint64_t thread_run_time(const struct thread *thread); /* ns, until now */

/* Lets a sleeping thread run. The caller knows that it exists. Any context but nmi. */
void thread_wake(struct thread *thread);
