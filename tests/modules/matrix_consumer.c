/*
 * Has one of each kind of callback, and faults in any of them, registers, unregisters or sleeps
 * when matrix tells it to. Parameter fail=N: init fails before its N-th step, and undoes nothing.
 * forget=1: exit forgets two timers, a work item, a hook, an entry and an open file; one timer and
 * the work item may be running then.
 */
#include <files/file.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

#include "matrix/matrix.h"
#include "rules_pit.h"

MODULE_LICENSE("MIT");

static unsigned fail;
module_param(fail, uint, 0);
static bool forget;
module_param(forget, bool, 0);

/* What it has in the interfaces of others. */

static enum hook_verdict handle_message(struct hook *hook, void *data)
{
	struct message *message = data;

	/* No stop comes in between the look at the chain and this one. */
	if (READ_ONCE(THIS_MODULE->state) == MODULE_FAILED)
		printk(KERN_ERR "matrix_consumer: wrong: a hook of a failed module is called\n");
	WRITE_ONCE(message->met, true); /* before the fault */
	if (message->fault)
		fault();
	return HOOK_PASS;
}

static enum irq_result handle_irq(struct irq_handler *handler)
{
	fault();
	return IRQ_NONE;
}

static int run(unsigned part, uint64_t value)
{
	fault();
	return 0;
}

static unsigned inside[ENTRIES]; /* [A] calls that are in extras[i] */

static int sleep_in(unsigned index, uint64_t value)
{
	__atomic_fetch_add(&inside[index], 1, __ATOMIC_SEQ_CST);
	time_sleep(value);
	__atomic_fetch_sub(&inside[index], 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* An operation is not told which entry it is called through: each has its own. */
static int run_first(unsigned part, uint64_t value)
{
	return sleep_in(0, value);
}

static int run_second(unsigned part, uint64_t value)
{
	return sleep_in(1, value);
}

static int run_third(unsigned part, uint64_t value)
{
	return sleep_in(2, value);
}

static long read_node(struct node *node, void **file_private, void *buffer, size_t size,
		      uint64_t offset)
{
	return 0;
}

static const struct hook_operations hook_operations = {.handle = handle_message};
static const struct irq_operations irq_operations = {.handle = handle_irq};
static const struct served_operations served_operations = {.run = run};
static const struct served_operations extra_operations[ENTRIES] = {
    {run_first}, {run_second}, {run_third}};
static const struct node_operations node_operations = {.read = read_node};

static struct hook hook = {
    .name = "consumer", .operations = &hook_operations, .point = &matrix_point};
static struct hook provided_hook = {
    .name = "consumer", .operations = &hook_operations, .point = &provided_point};
static struct node node = {.name = "matrix", .operations = &node_operations};
static struct served served = {.name = "consumer", .operations = &served_operations};

/* One for each side of a round, and entries of one name that may be there already. */
#define OF_SIDE                                                                                    \
	{                                                                                          \
		.name = "consumer", .line = PIT_LINE, .operations = &irq_operations                \
	}
#define EXTRA(index)                                                                               \
	{                                                                                          \
		.name = "extra", .operations = &extra_operations[index]                            \
	}
static struct irq_handler irqs[2] = {OF_SIDE, OF_SIDE};
static struct served extras[ENTRIES] = {EXTRA(0), EXTRA(1), EXTRA(2)};
static struct timer timers[2];
static struct work works[2];
static struct timer late_timers[2];
static struct work late_work;
static struct file *left_open[3]; /* one of each side's thread, one of exit */

/* Its own business. */

static DEFINE_MUTEX(busy); /* held in a call that faults, and in one that sleeps */

static void fire(struct timer *timer, void *unused)
{
	fault();
}

static void work(struct work *unused)
{
	fault();
}

/* Long enough for a sweep to find it running, and again and again until the books are closed. */
static void fire_late(struct timer *timer, void *unused)
{
	time_delay(20 * TIME_US);
	timer_start(timer, 150 * TIME_US);
}

static void work_late(struct work *work)
{
	time_sleep(50 * TIME_US);
	work_queue(work);
}

static struct thread *own[2]; /* made when it is told to, since a thread is in the way of force */

static int run_own(void *file)
{
	file_open("/dev/matrix", FILE_READ, file);
	fault();
	return 0;
}

static int fault_in_thread(uint64_t side)
{
	own[side] = thread_create(run_own, &left_open[side], "matrix_own");
	return own[side] ? 0 : -ENOMEM;
}

/* Once it is unregistered, by whichever party, its memory is the consumer's alone. */
static int see_gone(int error, const struct registration *registration)
{
	if (error == 0 && READ_ONCE(registration->state) != REGISTRATION_NONE)
		printk(KERN_ERR "matrix_consumer: wrong: %s is unregistered, and is still there\n",
		       registration->name);
	return error;
}

/* ... and no call is in it. Those into a failed module are not waited for. */
static int leave_extra(unsigned index)
{
	int error = see_gone(served_unregister(&extras[index]), &extras[index].registration);

	if (error == 0 && READ_ONCE(inside[index]) > 0 &&
	    READ_ONCE(THIS_MODULE->state) != MODULE_FAILED)
		printk(KERN_ERR "matrix_consumer: wrong: a call is in an entry that is gone\n");
	return error;
}

static int run_nothing(void *unused)
{
	return 0;
}

static int start_and_stop(void)
{
	struct thread *thread = thread_create(run_nothing, NULL, "matrix_short");

	return thread ? thread_stop(thread) : -ENOMEM;
}

static void quit(void)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		leave_extra(i);
	for (unsigned i = 0; i < 2; i++)
		see_gone(irq_unregister(&irqs[i]), &irqs[i].registration);
	see_gone(node_unregister(&node), &node.registration);
	if (forget)
		return;
	see_gone(served_unregister(&served), &served.registration);
	see_gone(hook_unregister(&provided_hook), &provided_hook.registration);
	see_gone(hook_unregister(&hook), &hook.registration);
}

static int fault_in_irq(unsigned side)
{
	int error = irq_register(&irqs[side]);

	if (!error)
		pit_start(10000);
	return error;
}

static int play(struct actor *actor, unsigned part, uint64_t value)
{
	switch (part) {
	case PART_FAULT:
		mutex_lock(&busy);
		fault();
		return 0;
	case PART_FAULT_TIMER:
		return timer_start(&timers[value], value * TIME_US);
	case PART_FAULT_IRQ:
		return fault_in_irq((unsigned)value);
	case PART_FAULT_WORK:
		return work_queue(&works[value]) ? 0 : -EBUSY;
	case PART_FAULT_OWN:
		return fault_in_thread(value);
	case PART_THREAD:
		return start_and_stop();
	case PART_REGISTER:
		return served_register(&extras[value]);
	case PART_UNREGISTER:
		return leave_extra((unsigned)value);
	case PART_SLEEP:
		mutex_lock(&busy);
		time_sleep(value);
		mutex_unlock(&busy);
		return 0;
	case PART_QUIT:
		quit();
		return 0;
	}
	return -EINVAL;
}

static const struct actor_operations actor_operations = {.play = play};
static struct actor actor = {.name = KBUILD_MODNAME, .operations = &actor_operations};

static int register_hook(void)
{
	return hook_register(&hook);
}

static int register_provided_hook(void)
{
	return hook_register(&provided_hook);
}

static int register_served(void)
{
	return served_register(&served);
}

static int register_node(void)
{
	return node_register(&node);
}

static int register_actor(void)
{
	return actor_register(&actor);
}

static int (*const steps[])(void) = {register_hook, register_provided_hook, register_served,
				     register_node, register_actor};

static int __init matrix_consumer_init(void)
{
	int error = 0;

	__atomic_fetch_add(&consumer_births, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++) {
		timer_init(&timers[i], fire, NULL);
		work_init(&works[i], work);
		timer_init(&late_timers[i], fire_late, NULL);
	}
	work_init(&late_work, work_late);
	for (unsigned i = 0; i < ARRAY_SIZE(steps) && !error; i++)
		error = i + 1 == fail ? -EIO : steps[i](); /* bare: a table of its own */
	return error;
}

static void matrix_consumer_exit(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (own[i])
			thread_stop(own[i]);
	actor_unregister(&actor);
	quit();
	if (forget) {
		timer_start(&late_timers[0], 60 * TIME_SECOND);
		timer_start(&late_timers[1], 10 * TIME_US);
		work_queue(&late_work);
		file_open("/dev/null", FILE_READ, &left_open[2]);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		timer_cancel(&timers[i]);
		work_cancel(&works[i]);
	}
}

module_init(matrix_consumer_init);
module_exit(matrix_consumer_exit);
