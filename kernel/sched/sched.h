#pragma once

#include <stdbool.h>

#include <kernel/source_location.h>

struct module;
struct thread;

/*
 * The scheduler at boot, in this order. sched_init, on the boot CPU, needs heap, stacks,
 * interrupts, clock and timers: the code that calls it goes on as the thread "boot". -ENOMEM.
 */
int sched_init(void);
/* The idle thread of CPU @cpu, before that CPU is started: its stack_top is what the trampoline
 * loads, and its first call, interrupts off, CPU set up, is sched_run_cpu. NULL: no memory. */
struct thread *sched_prepare_cpu(unsigned cpu);
_Noreturn void sched_run_cpu(struct thread *idle);
/* Makes the workers of interface `work`; after the last CPU is up. -ENOMEM. */
int work_init_all(void);
/* As timer_take_of and timer_drain have it for timers. Context: thread. */
bool work_take_of(const struct module *owner, const struct source_location **place);
void work_drain(const struct module *owner);

/* Gives the CPU to the thread that should have it. If the current thread's state is SLEEPING it is
 * not chosen until thread_wake. Context: thread. */
void schedule(void);
/* Ends a wait of the current thread whose function has returned or is given up; its queue may be
 * gone. Any context but nmi. */
struct waiter;
void wait_abandon(struct waiter *waiter, bool queue_is_there);
