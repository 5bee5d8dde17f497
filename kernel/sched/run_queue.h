#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/percpu.h>
#include <kernel/spinlock.h>
#include <kernel/wait.h>

#include <sched/thread.h>

/*
 * What each CPU runs and will run. A thread's [R] members are guarded by the lock of the queue of
 * its ->cpu; who wants two locks tries the second.
 */
struct run_queue {
	struct spinlock lock;
	struct list_node ready[THREAD_PRIORITIES]; /* [L] */
	uint32_t ready_count;			   /* [L] in all three; read without it as a hint */
	uint32_t picks;				   /* [L] */
	struct thread *current;			   /* [L] hint for others */
	struct thread *idle;			   /* [I] */
	struct thread *ended;			   /* [P] switched away from for ever */
	struct thread *moving; /* [P] switched away from because it belongs elsewhere */
	bool wanted;	       /* [A] this CPU should schedule; set with the lock */
	struct timer slice;    /* so that the current thread shares the CPU */
	bool sliced;	       /* [P] it is set */
	uint64_t switches;     /* [L] */
};
DECLARE_PER_CPU(struct run_queue, run_queue);

void run_queue_init(struct run_queue *queue, struct thread *idle, struct thread *current);
/* Locks the queue of the thread's CPU, wherever that is by then. */
struct run_queue *run_queue_lock_of(const struct thread *thread, uint64_t *flags);
/* Puts a runnable thread last in its priority; the CPU is told if that matters to it. Locked. */
void run_queue_add_locked(struct run_queue *queue, struct thread *thread, unsigned cpu);
/* Takes the next one out of it, or one of another CPU's; NULL: nothing to do. Locked. */
struct thread *run_queue_take_locked(struct run_queue *queue);
struct thread *run_queue_steal_locked(struct run_queue *queue);
/* Where a thread that wakes should run. A hint. */
unsigned run_queue_choose(const struct thread *thread);
/* A slice begins, if somebody waits for its end. This CPU, irqs off, not locked. */
void run_queue_start_slice(struct run_queue *queue);

/* sched's own: who is told when a thread is dead. */
extern struct wait_queue thread_ends;

void thread_prepare(struct thread *thread); /* its stack begins in thread_main */
void sleep_timer_init(struct thread *thread);
struct thread *thread_make(int (*function)(void *argument), void *argument, int cpu,
			   struct module *owner, const struct place *place);
void thread_publish(struct thread *thread); /* number it and put it in the list */
void schedule_begin(void);		    /* what a switched-to thread does first */
_Noreturn void schedule_end(void);	    /* the last thing a thread does; preemption off */
_Noreturn void idle_loop(void);		    /* preemption off */
