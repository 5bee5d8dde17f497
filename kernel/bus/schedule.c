/*
 * Timers, work and threads as the bus sees them: what an owner may arm, and how its work and
 * threads are called. They are the owner's own business and take no reference; they are refused
 * once the owner's sweep has begun, so that the sweep ends.
 */
#include <kernel/bus.h>
#include <kernel/module.h>

#include <bus/call.h>
#include <sched/thread.h>
#include <sched/work.h>
#include <time/timer_queue.h>

#include "bus_internal.h"

/* With the lock of a queue held, in any context but nmi. */
static int admit(const struct module *module, const void *function)
{
	const struct owner *owner;

	if (!module || module == THIS_MODULE)
		return 0;
	owner = owner_of(module);
	if (READ_ONCE(owner->flags) & OWNER_SWEEPING)
		return -ESHUTDOWN;
	return owner_may_call_back(owner, function) ? 0 : -EINVAL;
}

/* @work may be gone when its function returns. */
static void run_work(struct work *work)
{
	struct call call;

	call_enter(&call, work->owner, "work");
	call_through(&call, work->function, (uint64_t)work, 0, 0, 0, 0);
	call_leave(&call);
}

static int run_thread(struct thread *thread)
{
	struct call call;
	int result;

	call_enter(&call, thread->owner, "thread");
	result = (int)call_through(&call, thread->function, (uint64_t)thread->argument, 0, 0, 0, 0);
	call_leave(&call);
	return result;
}

void bus_schedule_init(void)
{
	timer_set_admission(admit);
	work_set_admission(admit);
	work_set_runner(run_work);
	thread_set_runner(run_thread);
}
