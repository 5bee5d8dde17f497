/*
 * The lock-order check: a graph of lock classes, closed under "and then". The one rule: an edge
 * from A to B is added, with all that follows from it, before any CPU waits for B while holding A;
 * so the first time that two orders meet is noticed even if the deadlock itself does not happen.
 */
#include <sync/lock_order.h>

#include <string.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>

#include <kernel/preempt.h>
#include <kernel/printk.h>

#include <arch/control.h>
#include <log/panic.h>

#define CLASSES 128 /* more are not checked; class 0 stands for those */
#define CLASS_NAME 32

struct lock_class {
	char name[CLASS_NAME]; /* a copy: modules and their names come and go */
	bool in_interrupt, interrupts_on, reported;
};

static struct lock_class classes[CLASSES]; /* [A] up to class_count */
static uint32_t class_count = 1;
static BITMAP(after[CLASSES], CLASSES); /* bit b of row a: b is taken while a is held */
static uint32_t graph_busy;		/* keeps writers of all the above apart */

static uint64_t graph_lock(void)
{
	uint64_t flags = irq_save();

	while (__atomic_exchange_n(&graph_busy, 1, __ATOMIC_ACQUIRE) != 0)
		cpu_pause();
	return flags;
}

static void graph_unlock(uint64_t flags)
{
	__atomic_store_n(&graph_busy, 0, __ATOMIC_RELEASE);
	irq_restore(flags);
}

static unsigned class_find(const char *name, unsigned from)
{
	unsigned count = __atomic_load_n(&class_count, __ATOMIC_ACQUIRE);

	for (unsigned class = from; class < count; class ++)
		if (strncmp(classes[class].name, name, CLASS_NAME - 1) == 0)
			return class;
	return 0;
}

unsigned lock_order_class(const char *name)
{
	unsigned class;
	uint64_t flags;

	if (!name)
		return 0;
	class = class_find(name, 1);
	if (class != 0)
		return class;
	flags = graph_lock();
	class = class_find(name, 1);
	if (class == 0 && class_count < CLASSES) {
		class = class_count;
		memcpy(classes[class].name, name, min(strlen(name), (size_t)CLASS_NAME - 1));
		__atomic_store_n(&class_count, class + 1, __ATOMIC_RELEASE);
	}
	graph_unlock(flags);
	return class;
}

/* Everything that comes before @first, and @first, now comes before @second and all after it. */
static void add_edge(unsigned first, unsigned second)
{
	for (unsigned row = 1; row < class_count; row++) {
		if (row != first && !bitmap_test(after[row], first))
			continue;
		bitmap_set(after[row], second);
		for (unsigned word = 0; word < BITMAP_WORDS(CLASSES); word++)
			after[row][word] |= after[second][word];
	}
}

static void check_pair(unsigned first, unsigned second)
{
	bool wrong;
	uint64_t flags;

	if (first == 0 || second == 0 || first == second || bitmap_test(after[first], second))
		return;
	flags = graph_lock();
	wrong = bitmap_test(after[second], first);
	if (wrong)
		bitmap_set(after[first], second); /* once */
	else
		add_edge(first, second);
	graph_unlock(flags);
	if (!wrong)
		return;
	printk(KERN_ERR "lock order: %s is taken while %s is held; elsewhere it is the other way\n",
	       classes[second].name, classes[first].name);
}

unsigned lock_order_acquire(const struct held_locks *held, const char *name)
{
	unsigned class = lock_order_class(name);

	for (unsigned i = 0; i < min(held->count, (uint32_t)HELD_LIMIT); i++)
		check_pair(held->locks[i].class, class);
	return class;
}

static void check_context(unsigned number, bool in_interrupt, bool interrupts_on)
{
	struct lock_class *class = &classes[number];

	if (in_interrupt)
		WRITE_ONCE(class->in_interrupt, true);
	if (interrupts_on)
		WRITE_ONCE(class->interrupts_on, true);
	if (class == classes || !class->in_interrupt || !class->interrupts_on ||
	    __atomic_exchange_n(&class->reported, true, __ATOMIC_RELAXED))
		return;
	printk(KERN_ERR "lock order: %s is taken by interrupts and held with interrupts on\n",
	       class->name);
}

unsigned lock_order_spinlock(const struct spinlock *lock, bool interrupts_on)
{
	if (panic_under_way())
		return lock_order_class(lock->name);
	check_context(lock_order_class(lock->name), in_irq(), interrupts_on);
	return lock_order_acquire(this_cpu_pointer(spinlocks_held), lock->name);
}
