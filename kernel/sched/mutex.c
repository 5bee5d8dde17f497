/*
 * Mutexes. The one rule: unlocking hands the mutex to the one that waits longest, in the same
 * critical section, so nobody can slip in between and nobody starves.
 */
#include <kernel/mutex.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/wait.h>

#include <log/panic.h>
#include <mm/module_window.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <sync/lock_order.h>

#define KERNEL_IMAGE 0xffffffff80000000ul

void mutex_init(struct mutex *mutex, const char *name)
{
	spin_lock_init(&mutex->lock, name);
	mutex->holder = NULL;
	list_init(&mutex->waiters);
}
EXPORT_SYMBOL(mutex_init);

/*
 * The kernel's mutexes are all static, so they lie in its image. Who holds one is in the middle of
 * the kernel's own business: a fault there is not a module's alone, and is not contained.
 */
static void count_held(const struct mutex *mutex, int change)
{
	if ((uint64_t)mutex < MODULE_WINDOW && (uint64_t)mutex >= KERNEL_IMAGE)
		thread_current()->kernel_mutexes += (uint32_t)change;
}

/* Takes it, or queues up; true when it is taken. */
static bool take_or_queue(struct mutex *mutex, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irqsave(&mutex->lock);
	bool taken = mutex->holder == NULL;

	if (taken) {
		mutex->holder = thread_current();
	} else {
		waiter->thread = thread_current();
		list_add_last(&mutex->waiters, &waiter->node);
	}
	spin_unlock_irqrestore(&mutex->lock, flags);
	return taken;
}

/* Until mutex_unlock has handed it over. */
static void wait_for_hand_over(struct mutex *mutex)
{
	uint64_t flags;

	for (;;) {
		sleep_prepare();
		if (__atomic_load_n(&mutex->holder, __ATOMIC_ACQUIRE) == thread_current())
			break;
		sleep_until(WAIT_FOREVER);
	}
	sleep_finish();
	/* Who handed it over may still be about to wake us: wait until it is done with us. */
	flags = spin_lock_irqsave(&mutex->lock);
	spin_unlock_irqrestore(&mutex->lock, flags);
}

void mutex_lock(struct mutex *mutex)
{
	struct waiter waiter;

	might_sleep();
	if (unlikely(debug_enabled)) {
		if (mutex_is_held(mutex))
			panic("mutex %s is taken twice by thread %s", mutex->lock.name,
			      thread_current()->name);
		lock_order_acquire(&thread_current()->mutexes, mutex->lock.name);
	}
	if (!take_or_queue(mutex, &waiter))
		wait_for_hand_over(mutex);
	count_held(mutex, 1);
}
EXPORT_SYMBOL(mutex_lock);

bool mutex_trylock(struct mutex *mutex)
{
	uint64_t flags = spin_lock_irqsave(&mutex->lock);
	bool taken = mutex->holder == NULL;

	if (taken)
		mutex->holder = thread_current();
	spin_unlock_irqrestore(&mutex->lock, flags);
	if (taken)
		count_held(mutex, 1);
	if (taken && unlikely(debug_enabled))
		lock_order_note(&thread_current()->mutexes, mutex->lock.name);
	return taken;
}
EXPORT_SYMBOL(mutex_trylock);

void mutex_unlock(struct mutex *mutex)
{
	uint64_t flags;
	struct list_node *node;

	if (unlikely(debug_enabled)) {
		if (!mutex_is_held(mutex))
			panic("mutex %s is released by thread %s, which does not hold it",
			      mutex->lock.name, thread_current()->name);
		lock_order_release(&thread_current()->mutexes, mutex->lock.name);
	}
	count_held(mutex, -1);
	flags = spin_lock_irqsave(&mutex->lock);
	node = list_take_first(&mutex->waiters);
	if (node) {
		struct thread *next = list_entry(node, struct waiter, node)->thread;

		/* Its waiter may be gone from here on, the thread not before it has our lock. */
		__atomic_store_n(&mutex->holder, next, __ATOMIC_SEQ_CST);
		thread_wake(next);
	} else {
		mutex->holder = NULL;
	}
	spin_unlock_irqrestore(&mutex->lock, flags);
}
EXPORT_SYMBOL(mutex_unlock);

bool mutex_is_held(const struct mutex *mutex)
{
	return READ_ONCE(mutex->holder) == thread_current();
}
EXPORT_SYMBOL(mutex_is_held);
