/*
 * A door in every kind of interface, and business of its own behind them: a timer, a work, a thread
 * and an interrupt. init and exit wait until each of the latter has run, and then at the gate; at
 * their ends they log what ran meanwhile, and how many calls came from outside; exit also how many
 * came between the two.
 */
#include "rules_gate.h"

#include <kernel/command.h>
#include <files/file.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

#include "rules_pit.h"

MODULE_LICENSE("MIT");

static unsigned from_outside; /* [A] as are all of these */
static unsigned timers, works, turns, interrupts;

static void count(unsigned *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static int doors_run(struct command_call *call)
{
	count(&from_outside);
	command_print(call, "from outside %u\n", from_outside);
	return 0;
}

static long doors_read(struct node *node, void **unused, void *buffer, size_t size, uint64_t offset)
{
	count(&from_outside);
	return 0;
}

static void doors_notify(struct notifier *notifier, unsigned event, const void *data)
{
	if (event == NOTIFY_USER)
		count(&from_outside);
}

static enum hook_verdict doors_hook(struct hook *hook, void *message)
{
	count(&from_outside);
	return HOOK_PASS;
}

static enum irq_result doors_irq(struct irq_handler *handler)
{
	count(&interrupts);
	return IRQ_HANDLED;
}

static const struct command_operations command_operations = {.run = doors_run};
static const struct node_operations node_operations = {.read = doors_read};
static const struct notifier_operations notifier_operations = {.notify = doors_notify};
static const struct hook_operations hook_operations = {.handle = doors_hook};
static const struct irq_operations irq_operations = {.handle = doors_irq};
static struct command doors_command = {.name = "doors", .operations = &command_operations};
static struct node doors_node = {.name = "doors", .operations = &node_operations};
static struct notifier doors_notifier = {.name = "doors", .operations = &notifier_operations};
static struct hook doors_hook_entry = {
    .name = "doors", .operations = &hook_operations, .point = &gate_point};
static struct irq_handler doors_handler = {
    .name = "doors", .line = PIT_LINE, .operations = &irq_operations};

static struct timer timer;
static struct work work;
static struct thread *thread;

static void timer_fired(struct timer *fired, void *unused)
{
	count(&timers);
	work_queue(&work);
}

static void work_done(struct work *done)
{
	count(&works);
}

static int turn(void *unused)
{
	while (!thread_sleep_until_stop(time_now() + TIME_MS))
		count(&turns);
	return 0;
}

/* Until each kind of its own business has run since now; then at the gate. */
static void stay(const char *where)
{
	timers = works = turns = interrupts = from_outside = 0;
	while (!READ_ONCE(timers) || !READ_ONCE(works) || !READ_ONCE(turns) ||
	       !READ_ONCE(interrupts))
		time_sleep(TIME_MS);
	gate_pass();
	printk("rules_doors: in %s its own ran; from outside %u\n", where, from_outside);
}

static void close_all(void)
{
	command_unregister(&doors_command);
	node_unregister(&doors_node);
	notifier_unregister(&doors_notifier);
	hook_unregister(&doors_hook_entry);
	irq_unregister(&doors_handler);
	pit_start(PIT_SLOWEST);
	timer_cancel(&timer);
	work_cancel(&work);
	thread_stop(thread);
}

static int __init open_all(void)
{
	int error = command_register(&doors_command);

	if (!error)
		error = node_register(&doors_node);
	if (!error)
		error = notifier_register(&doors_notifier);
	if (!error)
		error = hook_register(&doors_hook_entry);
	if (!error)
		error = irq_register(&doors_handler);
	return error;
}

static int __init doors_init(void)
{
	int error = open_all();

	if (error)
		return error;
	pit_start(1000);
	timer_init(&timer, timer_fired, NULL);
	work_init(&work, work_done);
	error = timer_start_periodic(&timer, TIME_MS);
	if (error)
		return error;
	thread = thread_create(turn, NULL, "doors");
	if (!thread)
		return -ENOMEM;
	stay("init");
	return 0;
}

static void doors_exit(void)
{
	printk("rules_doors: live, from outside %u\n", from_outside);
	stay("exit");
	close_all();
}

module_init(doors_init);
module_exit(doors_exit);
