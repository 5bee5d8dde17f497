/*
 * Threads, and what they wait for.
 */
#include "concurrency.h"

#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/wait.h>

static uint64_t progress[2], total;
static unsigned over, rounds_each;
static DEFINE_MUTEX(concurrency_mutex);
static DEFINE_SPINLOCK(concurrency_lock);

static int never_yield(void *number)
{
	while (READ_ONCE(over) == 0)
		WRITE_ONCE(progress[(uint64_t)number], progress[(uint64_t)number] + 1);
	return 0;
}

/* Two threads of one CPU that never give it up both get on, and so does the one that watches. */
static int preemption(struct command_call *call, unsigned rounds)
{
	struct thread *thread[2];

	WRITE_ONCE(over, 0);
	thread_set_cpu(0);
	for (uint64_t i = 0; i < 2; i++) {
		progress[i] = 0;
		thread[i] = thread_create_on(0, never_yield, (void *)i, "spinner/%llu",
					     (unsigned long long)i);
	}
	while (thread[0] && thread[1] &&
	       (READ_ONCE(progress[0]) == 0 || READ_ONCE(progress[1]) == 0))
		time_sleep(TIME_MS);
	WRITE_ONCE(over, 1);
	for (unsigned i = 0; i < 2; i++) {
		if (thread[i])
			thread_stop(thread[i]);
	}
	thread_set_cpu(THREAD_ANY_CPU);
	return thread[0] && thread[1] ? 0 : -ENOMEM;
}

static int return_it(void *argument)
{
	return (int)(uint64_t)argument;
}

static int joining(struct command_call *call, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		struct thread *thread = thread_create(return_it, (void *)(uint64_t)round, "short");
		int result;

		if (!thread)
			return -ENOMEM;
		result = thread_stop(thread);
		if (result != (int)round)
			return wrong(call, "result", (uint64_t)result, round);
	}
	return 0;
}

static int wait_to_be_stopped(void *unused)
{
	return thread_sleep_until_stop(WAIT_FOREVER) ? 7 : 8;
}

static int stopping(struct command_call *call, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		struct thread *thread = thread_create(wait_to_be_stopped, NULL, "sleeper");
		int result;

		if (!thread)
			return -ENOMEM;
		if (round % 2)
			thread_yield();
		result = thread_stop(thread);
		if (result != 7)
			return wrong(call, "result", (uint64_t)result, 7);
	}
	return 0;
}

static int add_with_mutex(void *unused)
{
	for (unsigned round = 0; round < rounds_each; round++) {
		uint64_t before;

		mutex_lock(&concurrency_mutex);
		before = total;
		if (round % 8 == 0)
			thread_yield();
		WRITE_ONCE(total, before + 1);
		mutex_unlock(&concurrency_mutex);
	}
	return 0;
}

static int add_with_spinlock(void *unused)
{
	for (unsigned round = 0; round < rounds_each; round++) {
		while (round % 4 == 0 && !spin_trylock(&concurrency_lock))
			;
		if (round % 4 != 0)
			spin_lock(&concurrency_lock);
		WRITE_ONCE(total, READ_ONCE(total) + 1);
		spin_unlock(&concurrency_lock);
	}
	return 0;
}

static int count_up(struct command_call *call, unsigned rounds, int (*function)(void *))
{
	uint64_t wanted = (uint64_t)rounds * min(cpu_count(), CPUS_MOST + 0u);
	int error;

	total = 0;
	rounds_each = rounds;
	error = crew_start(function);
	if (error)
		return error;
	crew_stop();
	return total == wanted ? 0 : wrong(call, "total", total, wanted);
}

static int mutexes(struct command_call *call, unsigned rounds)
{
	return count_up(call, rounds, add_with_mutex);
}

static int spinlocks(struct command_call *call, unsigned rounds)
{
	return count_up(call, rounds, add_with_spinlock);
}

static struct completion ping, pong;

static int answer_pings(void *rounds)
{
	for (uint64_t round = 0; round < (uint64_t)rounds; round++) {
		completion_wait(&ping);
		complete(&pong);
	}
	return 0;
}

/* To and fro with a thread of each CPU: a lost wake-up hangs. */
static int waking(struct command_call *call, unsigned rounds)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		struct thread *thread;

		completion_init(&ping);
		completion_init(&pong);
		thread = thread_create_on((int)cpu, answer_pings, (void *)(uint64_t)rounds, "pong");
		if (!thread)
			return -ENOMEM;
		for (unsigned round = 0; round < rounds; round++) {
			complete(&ping);
			completion_wait(&pong);
		}
		thread_stop(thread);
	}
	return 0;
}

static bool has_taken;

static int take_ping(void *unused)
{
	completion_wait(&ping);
	WRITE_ONCE(has_taken, true);
	wait_queue_wake(&pong.queue);
	return 0;
}

static size_t waiting(struct completion *completion)
{
	uint64_t flags = spin_lock_irqsave(&completion->queue.lock);
	size_t count = list_count(&completion->queue.waiters);

	spin_unlock_irqrestore(&completion->queue.lock, flags);
	return count;
}

/* The first in the queue is on its way out of it, and wants no other: the one behind it gets what
 * comes. If it does not, this hangs. */
static int overtaking(struct command_call *call, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		struct thread *thread;

		completion_init(&ping);
		completion_init(&pong);
		WRITE_ONCE(has_taken, false);
		wait_prepare(&ping.queue);
		time_sleep(TIME_US); /* afterwards nobody takes this one for asleep */
		thread = thread_create(take_ping, NULL, "behind");
		while (thread && waiting(&ping) < 2)
			time_sleep(TIME_US);
		complete(&ping);
		wait_finish(&ping.queue);
		if (!thread)
			return -ENOMEM;
		wait_event(&pong.queue, READ_ONCE(has_taken));
		thread_stop(thread);
	}
	return 0;
}

static int moving(struct command_call *call, unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		unsigned cpu = round % cpu_count();

		thread_set_cpu((int)cpu);
		for (unsigned look = 0; look < 3; look++, thread_yield()) {
			if (cpu_id() != cpu)
				return wrong(call, "cpu", cpu_id(), cpu);
		}
	}
	thread_set_cpu(THREAD_ANY_CPU);
	return thread_set_cpu((int)cpu_count()) == -EINVAL ? 0 : -EIO;
}

const struct test thread_tests[] = {
    {"preemption", preemption}, {"joining", joining},	  {"stopping", stopping},
    {"mutexes", mutexes},	{"spinlocks", spinlocks}, {"waking", waking},
    {"overtaking", overtaking}, {"moving", moving},	  {NULL, NULL},
};
