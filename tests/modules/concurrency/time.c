/*
 * Sleep, timers and work.
 */
#include "concurrency.h"

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <kernel/work.h>

static uint64_t fired, ran;

static int sleeping(struct command_call *call, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		uint64_t length = round % 8 * 100 * TIME_US;
		uint64_t begin = time_now();

		time_sleep(length);
		if (time_now() - begin < length)
			return wrong(call, "slept", time_now() - begin, length);
	}
	return 0;
}

static void count(struct timer *timer, void *unused)
{
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
}

/* Armed, moved, cancelled from all CPUs at once; after a cancel it is quiet. */
static struct timer shared;

static int arm_and_cancel(void *rounds)
{
	for (uint64_t round = 0; round < (uint64_t)rounds; round++) {
		timer_start(&shared, round % 4 * 20 * TIME_US);
		if (round % 3 == 0)
			timer_start_periodic(&shared, 30 * TIME_US);
		if (round % 2)
			timer_cancel(&shared);
	}
	return 0;
}

static int timers(struct command_call *call, unsigned rounds)
{
	struct thread *thread[8];
	unsigned threads = 0;
	uint64_t before;

	timer_init(&shared, count, NULL);
	for (; threads < ARRAY_SIZE(thread); threads++) {
		thread[threads] = thread_create_on((int)(threads % cpu_count()), arm_and_cancel,
						   (void *)(uint64_t)rounds, "timers/%u", threads);
		if (!thread[threads])
			break;
	}
	while (threads > 0)
		thread_stop(thread[--threads]);
	timer_cancel(&shared);
	before = READ_ONCE(fired);
	time_sleep(5 * TIME_MS);
	if (READ_ONCE(fired) != before)
		return wrong(call, "fired after cancel", READ_ONCE(fired) - before, 0);
	return timer_count() == 0 ? 0 : wrong(call, "timers", timer_count(), 0);
}

static void end_itself(struct timer *timer, void *completion)
{
	if (++fired == 3) {
		timer_cancel(timer);
		complete(completion);
	}
}

/* A periodic timer that cancels itself in its third call. */
static int own_end(struct command_call *call, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		static struct timer timer;
		struct completion completion;

		fired = 0;
		completion_init(&completion);
		timer_init(&timer, end_itself, &completion);
		timer_start_periodic(&timer, 20 * TIME_US);
		completion_wait(&completion);
		if (timer_cancel(&timer) || fired != 3)
			return wrong(call, "fired", fired, 3);
	}
	return 0;
}

static struct work shared_work;
static uint32_t in_work;

static void work_alone(struct work *work)
{
	if (__atomic_fetch_add(&in_work, 1, __ATOMIC_SEQ_CST) != 0)
		__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
	if (ran++ % 4 == 0)
		time_sleep(50 * TIME_US);
	__atomic_fetch_sub(&in_work, 1, __ATOMIC_SEQ_CST);
}

static int queue_it(void *rounds)
{
	for (uint64_t round = 0; round < (uint64_t)rounds; round++) {
		work_queue(&shared_work);
		if (round % 5 == 0)
			work_flush(&shared_work);
		if (round % 7 == 0)
			work_cancel(&shared_work);
	}
	return 0;
}

/* Queued on all CPUs, it never runs twice at once; after a cancel it does not run. */
static int works(struct command_call *call, unsigned rounds)
{
	struct thread *thread[8];
	unsigned threads = 0;
	uint64_t before;

	fired = 0;
	work_init(&shared_work, work_alone);
	for (; threads < ARRAY_SIZE(thread); threads++) {
		thread[threads] = thread_create_on((int)(threads % cpu_count()), queue_it,
						   (void *)(uint64_t)rounds, "works/%u", threads);
		if (!thread[threads])
			break;
	}
	while (threads > 0)
		thread_stop(thread[--threads]);
	work_cancel(&shared_work);
	before = READ_ONCE(ran);
	time_sleep(5 * TIME_MS);
	if (fired)
		return wrong(call, "runs at once", fired, 0);
	return READ_ONCE(ran) == before ? 0 : wrong(call, "runs after cancel", ran, before);
}

const struct test time_tests[] = {
    {"sleeping", sleeping}, {"timers", timers}, {"own_end", own_end},
    {"works", works},	    {NULL, NULL},
};
