/*
 * Failing: an owner that must not be called any more. Its state becomes FAILED in a stop, and what
 * could call into it is taken away; its memory stays, since threads may be in it.
 *
 * Nothing waits here for code of a module but a thread made for one owner. The thread "reaper"
 * makes the stop and then such a thread, "closing/NAME", which may have to wait: for another party
 * that ends an entry, or for a function of another module's interface. It stands in a call of the
 * owner, so a forced unload that comes meanwhile is refused and names it. Without memory for it the
 * reaper does its work.
 *
 * An owner goes through enum failing once in its life, each step by one party: the thread that
 * reports the failure (QUEUED), the reaper (CLOSING), the closing thread (CLOSED), the reaper,
 * which has joined that thread (OVER). owner_sweep waits for OVER, so an owner is not destroyed
 * before.
 */
#include <bus/ledger.h>

#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/stop.h>
#include <kernel/thread.h>

#include <bus/bus.h>
#include <sched/thread.h>

#include "bus_internal.h"

enum failing {
	NOT_FAILING,
	QUEUED,
	CLOSING,
	CLOSED,
	OVER,
};

static DEFINE_SPINLOCK(failing_lock);
static struct list_node failing = LIST_INIT(failing); /* [L] owners for the reaper */
static DEFINE_WAIT_QUEUE(failing_arrived);
static DEFINE_WAIT_QUEUE(failing_over);

static void queue_for_reaper(struct owner *owner, enum failing from, enum failing to)
{
	uint64_t flags = spin_lock_irqsave(&failing_lock);

	if (owner->failing == from) {
		owner->failing = to;
		list_add_last(&failing, &owner->in_failing);
	}
	spin_unlock_irqrestore(&failing_lock, flags);
	wait_queue_wake(&failing_arrived);
}

static int fail_stopped(void *argument)
{
	struct owner *owner = argument;

	if (owner->handle->state == MODULE_FAILED)
		return 0;
	owner_set_state(owner, MODULE_FAILED);
	return 1;
}

static void fail(struct owner *owner, const char *why)
{
	delay_here();
	if (!stop_machine(fail_stopped, owner, NULL))
		return;
	printk(KERN_ERR "%s: failed: %s\n", owner->name, why);
	wait_queue_wake(&registration_left); /* its callers are not waited for any more */
	thread_ask_of(owner->handle);	     /* its exit, which would stop them, will not run */
}

void owner_fail(struct owner *owner, const char *why)
{
	fail(owner, why);
	queue_for_reaper(owner, NOT_FAILING, QUEUED);
}

void owner_fail_later(struct owner *owner)
{
	WRITE_ONCE(owner->faulted, true);
	queue_for_reaper(owner, NOT_FAILING, QUEUED);
}

static struct owner *take_next(void)
{
	uint64_t flags = spin_lock_irqsave(&failing_lock);
	struct owner *owner = list_first(&failing, struct owner, in_failing);

	if (owner)
		list_remove(&owner->in_failing);
	spin_unlock_irqrestore(&failing_lock, flags);
	return owner;
}

/* Once it is OVER the owner may be gone. */
static void set_step(struct owner *owner, enum failing step)
{
	uint64_t flags;

	delay_here();
	flags = spin_lock_irqsave(&failing_lock);
	owner->failing = step;
	spin_unlock_irqrestore(&failing_lock, flags);
	wait_queue_wake(&failing_over);
}

static int close_owner(void *argument)
{
	struct owner *owner = argument;

	owner_sweep_failed(owner);
	queue_for_reaper(owner, CLOSING, CLOSED);
	return 0;
}

static void begin_closing(struct owner *owner)
{
	fail(owner, "it faulted");
	set_step(owner, CLOSING);
	owner->closer = thread_create(close_owner, owner, "closing/%s", owner->name);
	if (owner->closer)
		return;
	owner_sweep_failed(owner);
	set_step(owner, OVER);
}

static _Noreturn int reap(void *unused)
{
	struct owner *owner;

	for (;;) {
		wait_event(&failing_arrived, (owner = take_next()) != NULL);
		if (owner->failing == QUEUED) {
			begin_closing(owner);
		} else {
			thread_stop(owner->closer);
			set_step(owner, OVER);
		}
	}
}

static bool is_over(const struct owner *owner)
{
	/* Pairs with the release of failing_lock in set_step, which touches the owner no more. */
	uint32_t step = __atomic_load_n(&owner->failing, __ATOMIC_ACQUIRE);

	return step == NOT_FAILING || step == OVER;
}

bool owner_await_failing(struct owner *owner, uint64_t deadline)
{
	return wait_event_until(&failing_over, is_over(owner), deadline);
}

int bus_start(void)
{
	return thread_create(reap, NULL, "reaper") ? 0 : -ENOMEM;
}
