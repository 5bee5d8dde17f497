#pragma once

#include <kernel/percpu.h>
#include <kernel/spinlock.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

#include <sched/sched.h>
#include <sched/thread.h>

/* What sched's own files know of each other. */

extern struct wait_queue thread_ends; /* woken when a thread is dead */

/* A thread that is ready to be woken for the first time, in no list yet; NULL: no memory. */
struct thread *thread_make(int (*function)(void *argument), void *argument, int cpu,
			   struct module *owner, const struct source_location *place);
/* Numbers it and puts it in the list of all. -ESHUTDOWN: its owner's books are closed. */
int thread_publish(struct thread *thread);
void sleep_timer_init(struct thread *thread);
void schedule_begin(void);	   /* the first thing that a switched-to thread does */
_Noreturn void schedule_end(void); /* the last thing that a thread does; preemption off */

/* A thread's [R] members are guarded by the lock of the queue of its ->cpu. A CPU that has one
 * locked only tries a second. */
struct run_queue {
	struct spinlock lock;
	struct list_node ready[THREAD_PRIORITIES]; /* [L] */
	uint32_t ready_count;			   /* [L] in all; read without it as a hint */
	uint64_t waits_since[THREAD_PRIORITIES]; /* [L] threads have waited, and none was chosen */
	uint64_t switches;			 /* [L] */
	struct thread *current;			 /* [L] hint for others */
	struct thread *idle;			 /* [I] */
	struct thread *left; /* [P] switched away from, for ever or to go elsewhere */
	struct timer slice;  /* of the current thread, if others wait for its end */
	bool sliced;	     /* [P] it is set */
	struct timer breath; /* the next stop is answered when it ends */
	unsigned stops; /* [P] answered with nothing run in between; STOPS_IN_A_ROW: it is set */
	bool wanted;	/* [A] this CPU should schedule; set with the lock or by itself */
};
DECLARE_PER_CPU(struct run_queue, run_queue);

/* run_queue.c; @queue is locked. Puts it last in its priority. */
void run_queue_add(struct run_queue *queue, struct thread *thread);
/* Takes out the next one to run, or, for another CPU, the next one that may move; NULL: none. */
struct thread *run_queue_take(struct run_queue *queue, bool for_another);
/* One that may move, from another CPU; this CPU's queue is locked. */
struct thread *run_queue_steal(void);
/*
 * Puts a runnable thread that is in no queue last in its priority, where it should run, and tells
 * that CPU once if that matters to it: it should schedule, or begin a slice. Its queue is locked
 * before, afterwards the one that is returned.
 */
struct run_queue *run_queue_make_ready(struct run_queue *queue, struct thread *thread);
