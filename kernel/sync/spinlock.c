/*
 * Spinlocks: test and test-and-set. The one rule that keeps them right: the exchange that takes one
 * pairs with the releasing store that gives it back, and preemption is off from before the first
 * until after the second. They are not first come, first served: the next in line would often be a
 * virtual CPU that the host is not running, and all behind it would wait for that one to be
 * scheduled (docs/locking.md). The CPU that runs takes it.
 */
#include <kernel/spinlock.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>

#include <arch/control.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <sync/held.h>
#include <sync/lock_order.h>

#define FIRST_PATIENCE 16u
#define MOST_PATIENCE 1024u

void spin_lock_init(struct spinlock *lock, const char *name)
{
	lock->held = 0;
	lock->holder = 0;
	lock->name = name;
}

static _Noreturn __noinline void refuse(const struct spinlock *lock, const void *place)
{
	const struct held_lock *before = held_find(this_cpu_pointer(spinlocks_held), lock);
	char where[64];

	code_describe(before ? (uint64_t)before->place - 1 : 0, where, sizeof(where));
	misuse(place, "spinlock %s is taken twice by CPU %u, before at %s", lock->name, cpu_id(),
	       where);
	misuse_end();
}

/* Looks for longer and longer before it pauses: under an emulator a pause is dear to all. */
static __noinline void wait_until_free(const struct spinlock *lock, const void *place)
{
	unsigned patience = FIRST_PATIENCE;

	if (spin_is_held(lock) && !panic_under_way())
		refuse(lock, place);
	for (;;) {
		for (unsigned look = 0; look < patience; look++)
			if (READ_ONCE(lock->held) == 0)
				return;
		cpu_pause();
		patience = min(2 * patience, MOST_PATIENCE);
	}
}

static inline void note(struct spinlock *lock, const void *place, uint32_t class, bool irq_off)
{
	WRITE_ONCE(lock->holder, cpu_id() + 1);
	held_add(this_cpu_pointer(spinlocks_held),
		 (struct held_lock){lock, place, (uint16_t) class, irq_off});
}

/* @interrupts_on: while it is held. */
static __noinline void acquire_slowly(struct spinlock *lock, const void *place, bool interrupts_on,
				      bool irq_off)
{
	uint32_t class = debug_enabled ? lock_order_spinlock(lock, interrupts_on) : 0;

	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) != 0)
		wait_until_free(lock, place);
	note(lock, place, class, irq_off);
}

/* Nothing is kept over a call here, so that taking a free lock saves no registers. */
static inline void acquire(struct spinlock *lock, const void *place, bool interrupts_on,
			   bool irq_off)
{
	if (likely(!debug_enabled && __atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) == 0))
		note(lock, place, 0, irq_off);
	else
		acquire_slowly(lock, place, interrupts_on, irq_off);
}

/* False: it is not the last that this CPU has taken. */
static inline bool release(struct spinlock *lock)
{
	if (unlikely(!held_remove_last(this_cpu_pointer(spinlocks_held), lock)))
		return false;
	WRITE_ONCE(lock->holder, 0);
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
	return true;
}

static __noinline void release_slowly(struct spinlock *lock, const void *place, uint64_t flags)
{
	bool held_here = held_remove_any(this_cpu_pointer(spinlocks_held), lock);

	if (held_here || panic_under_way()) {
		WRITE_ONCE(lock->holder, 0);
		__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
		irq_restore(flags);
		preempt_enable();
		return;
	}
	misuse(place, "spinlock %s is released by CPU %u, which does not hold it", lock->name,
	       cpu_id());
	irq_restore(flags);
}

void spin_lock(struct spinlock *lock)
{
	preempt_disable();
	acquire(lock, __builtin_return_address(0), debug_enabled && irq_enabled(), false);
}

bool spin_trylock(struct spinlock *lock)
{
	preempt_disable();
	if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) != 0) {
		preempt_enable();
		return false;
	}
	/* Taken without waiting: no order follows from that. */
	note(lock, __builtin_return_address(0),
	     unlikely(debug_enabled) ? lock_order_class(lock->name) : 0, false);
	return true;
}

void spin_unlock(struct spinlock *lock)
{
	if (likely(release(lock)))
		preempt_enable();
	else
		release_slowly(lock, __builtin_return_address(0), 0);
}

uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	preempt_disable();
	acquire(lock, __builtin_return_address(0), false, flags & RFLAGS_IF);
	return flags;
}

/* Interrupts first: what is wanted can be done at preempt_enable only with interrupts on. */
void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
	if (unlikely(!release(lock))) {
		release_slowly(lock, __builtin_return_address(0), flags);
		return;
	}
	irq_restore(flags);
	preempt_enable();
}

bool spin_is_held(const struct spinlock *lock)
{
	return READ_ONCE(lock->held) != 0 && READ_ONCE(lock->holder) == cpu_id() + 1;
}
