/*
 * Spinlocks: test and test-and-set. The one rule that keeps them right: the exchange that takes one
 * pairs with the releasing store that gives it back, and preemption is off from before the first
 * until after the second. They are not first come, first served: the next in line would often be a
 * virtual CPU that the host is not running, and all behind it would wait for that one to be
 * scheduled (docs/locking.md). Whoever runs takes it.
 */
#include <kernel/spinlock.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>

#include <arch/control.h>
#include <log/panic.h>
#include <sync/lock_order.h>

#define FIRST_PATIENCE 16u
#define MOST_PATIENCE 1024u

static DEFINE_PER_CPU(struct lock_held, spinlocks_held);

void spin_lock_init(struct spinlock *lock, const char *name)
{
	lock->held = 0;
	lock->holder = 0;
	lock->name = name;
}
EXPORT_SYMBOL(spin_lock_init);

static void check_before(struct spinlock *lock, bool interrupts_on)
{
	if (panic_under_way())
		return;
	if (spin_is_held(lock))
		panic("spinlock %s is taken twice by CPU %u", lock->name, cpu_id());
	lock_order_context(lock->name, in_irq(), interrupts_on);
	lock_order_acquire(this_cpu_pointer(spinlocks_held), lock->name);
}

static void check_release(struct spinlock *lock)
{
	if (panic_under_way())
		return;
	if (!spin_is_held(lock))
		panic("spinlock %s is released by CPU %u, which does not hold it", lock->name,
		      cpu_id());
	lock_order_release(this_cpu_pointer(spinlocks_held), lock->name);
}

/* Looks for longer and longer before it pauses: under an emulator a pause is dear to all. */
static __noinline void wait_until_free(const struct spinlock *lock)
{
	unsigned patience = FIRST_PATIENCE;

	for (;;) {
		for (unsigned look = 0; look < patience; look++) {
			if (READ_ONCE(lock->held) == 0)
				return;
		}
		cpu_pause();
		patience = min(2 * patience, MOST_PATIENCE);
	}
}

static void acquire(struct spinlock *lock, bool interrupts_on)
{
	if (unlikely(debug_enabled))
		check_before(lock, interrupts_on);
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) != 0)
		wait_until_free(lock);
	WRITE_ONCE(lock->holder, cpu_id() + 1);
}

static void release(struct spinlock *lock)
{
	if (unlikely(debug_enabled))
		check_release(lock);
	WRITE_ONCE(lock->holder, 0);
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

void spin_lock(struct spinlock *lock)
{
	preempt_disable();
	acquire(lock, debug_enabled && irq_enabled());
}
EXPORT_SYMBOL(spin_lock);

bool spin_trylock(struct spinlock *lock)
{
	preempt_disable();
	if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) != 0) {
		preempt_enable();
		return false;
	}
	WRITE_ONCE(lock->holder, cpu_id() + 1);
	if (unlikely(debug_enabled))
		lock_order_note(this_cpu_pointer(spinlocks_held), lock->name);
	return true;
}
EXPORT_SYMBOL(spin_trylock);

void spin_unlock(struct spinlock *lock)
{
	release(lock);
	preempt_enable();
}
EXPORT_SYMBOL(spin_unlock);

uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	preempt_disable();
	acquire(lock, false);
	return flags;
}
EXPORT_SYMBOL(spin_lock_irqsave);

/* Interrupts first: what is wanted can be done at preempt_enable only with interrupts on. */
void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
	release(lock);
	irq_restore(flags);
	preempt_enable();
}
EXPORT_SYMBOL(spin_unlock_irqrestore);

bool spin_is_held(const struct spinlock *lock)
{
	return READ_ONCE(lock->held) != 0 && READ_ONCE(lock->holder) == cpu_id() + 1;
}
EXPORT_SYMBOL(spin_is_held);
