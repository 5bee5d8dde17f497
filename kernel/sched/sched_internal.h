#pragma once

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
