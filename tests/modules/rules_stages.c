/*
 * One entry in every interface, by the two halves: `stages reserve`, `stages activate` (all of them
 * in one set), `stages back`; `stages` prints who has been called since; `stages short` activates a
 * set of which one is not reserved. `stages race N` looks from other CPUs for a set of which one
 * half is active and the other is not, and for calls of a hook that has gone;
 * `stages chain N` walks a chain that hooks come to and go from.
 */
#include "rules_gate.h"

#include <files/file.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/preempt.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "rules_pit.h"
#include "rules_words.h"

MODULE_LICENSE("MIT");

static unsigned told, hooked, interrupted, written; /* [A] calls */
static unsigned late;				    /* [A] calls of the hook after it has gone */
static bool out;				    /* [A] it has gone */

static int staged_run(struct command_call *call)
{
	command_print(call, "staged\n");
	return 0;
}

static long staged_read(struct node *node, void **unused, void *buffer, size_t size,
			uint64_t offset)
{
	return 0;
}

static int fs_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	*mount = NULL;
	return 0;
}

static void fs_unmount(struct filesystem *filesystem, void *mount)
{
}

static int fs_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		   void **file)
{
	return -ENOENT;
}

static long fs_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		    uint64_t offset)
{
	return 0;
}

static void fs_release(struct filesystem *filesystem, void *file)
{
}

static int fs_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	return 0;
}

static int fs_status(struct filesystem *filesystem, void *mount, const char *path,
		     struct file_status *status)
{
	*status = (struct file_status){.kind = FILE_DIRECTORY};
	return path[0] ? -ENOENT : 0;
}

static int fs_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		   struct directory_entry *entry)
{
	return -ENOENT;
}

static void staged_notify(struct notifier *notifier, unsigned event, const void *data)
{
	told += event == NOTIFY_USER;
}

static enum hook_verdict staged_handle(struct hook *hook, void *message)
{
	WRITE_ONCE(hooked, hooked + 1);
	if (READ_ONCE(out))
		__atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
	time_delay(5 * TIME_US); /* so that some removal meets it inside */
	if (READ_ONCE(out))
		__atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
	return HOOK_TAKE;
}

static enum hook_verdict slow_handle(struct hook *hook, void *message)
{
	time_delay(20 * TIME_US);
	return HOOK_PASS;
}

static enum irq_result staged_interrupt(struct irq_handler *handler)
{
	WRITE_ONCE(interrupted, interrupted + 1);
	return IRQ_HANDLED;
}

static long staged_write(struct console *console, const char *bytes, size_t length)
{
	WRITE_ONCE(written, written + 1);
	return (long)length;
}

static const struct command_operations command_operations = {.run = staged_run};
static const struct node_operations node_operations = {.read = staged_read};
static const struct filesystem_operations filesystem_operations = {
    .mount = fs_mount,
    .unmount = fs_unmount,
    .open = fs_open,
    .read = fs_read,
    .release = fs_release,
    .measure = fs_measure,
    .status = fs_status,
    .list = fs_list,
};
static const struct notifier_operations notifier_operations = {.notify = staged_notify};
static const struct hook_operations hook_operations = {.handle = staged_handle};
static const struct irq_operations irq_operations = {.handle = staged_interrupt};
static const struct console_operations console_operations = {.write = staged_write};

static struct command staged_command = {.name = "staged", .operations = &command_operations};
static struct node staged_node = {.name = "staged", .operations = &node_operations};
static struct filesystem staged_fs = {.name = "staged", .operations = &filesystem_operations};
static struct notifier staged_notifier = {.name = "staged", .operations = &notifier_operations};
static struct hook staged_hook = {
    .name = "staged", .operations = &hook_operations, .point = &gate_point};
static const struct hook_operations slow_operations = {.handle = slow_handle};
static struct hook slow_hook = {
    .name = "slow", .operations = &slow_operations, .point = &gate_point};
static struct hook tail_hook = {
    .name = "tail", .priority = 1, .operations = &slow_operations, .point = &gate_point};
static struct irq_handler staged_irq = {
    .name = "staged", .line = PIT_LINE, .operations = &irq_operations};
static struct console staged_console = {
    .name = "staged", .terminal = TERMINAL_SCREEN, .operations = &console_operations};
static struct input staged_input = {.name = "staged", .terminal = TERMINAL_SCREEN};

static struct registration *const set[] = {
    &staged_command.registration,  &staged_node.registration,  &staged_fs.registration,
    &staged_notifier.registration, &staged_hook.registration,  &staged_irq.registration,
    &staged_console.registration,  &staged_input.registration,
};

static int reserve(void)
{
	int error = command_reserve(&staged_command);

	if (!error)
		error = node_reserve(&staged_node);
	if (!error)
		error = filesystem_reserve(&staged_fs);
	if (!error)
		error = notifier_reserve(&staged_notifier);
	if (!error)
		error = hook_reserve(&staged_hook);
	if (!error)
		error = irq_reserve(&staged_irq);
	if (!error)
		error = console_reserve(&staged_console);
	return error ? error : input_reserve(&staged_input);
}

static void back(void)
{
	command_unregister(&staged_command);
	node_unregister(&staged_node);
	filesystem_unregister(&staged_fs);
	notifier_unregister(&staged_notifier);
	hook_unregister(&staged_hook);
	irq_unregister(&staged_irq);
	console_unregister(&staged_console);
	input_unregister(&staged_input);
}

static int short_set(void)
{
	input_unregister(&staged_input);
	return registration_activate(set, ARRAY_SIZE(set));
}

static unsigned generation, both, halves, looks; /* [A] of the race */

static bool command_there(void)
{
	static char name[] = "staged";
	char *words[] = {name};
	struct stream nowhere = {.terminal = NULL};
	struct command_call call = {.argc = 1, .argv = words, .out = &nowhere, .errors = &nowhere};

	return command_run(&call) == 0;
}

/* In an even generation entries only come: who sees the first half active finds the second so, if
 * the generation is still the same. */
static int look(void *unused)
{
	while (!thread_should_stop()) {
		unsigned before = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
		bool first = hook_run(&gate_point, NULL) == HOOK_TAKE;
		bool second = command_there();

		__atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED);
		if (first && second)
			__atomic_fetch_add(&both, 1, __ATOMIC_RELAXED);
		if (first && !second && before % 2 == 0 &&
		    __atomic_load_n(&generation, __ATOMIC_ACQUIRE) == before)
			__atomic_fetch_add(&halves, 1, __ATOMIC_RELAXED);
		time_sleep(20 * TIME_US);
	}
	return 0;
}

static int walk(void *unused)
{
	while (!thread_should_stop()) {
		hook_run(&gate_point, NULL);
		__atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED);
		time_sleep(5 * TIME_US);
	}
	return 0;
}

/* An entry that takes its time to become active, between the two that are looked at. */
static void become_slowly(struct registration *registration, bool callable)
{
	time_delay(10 * TIME_US);
}

static struct interface slow_interface = {.name = "slow", .changed = become_slowly};
static struct registration slow_entry;

static int reserve_slow_entry(void)
{
	const struct registration wanted = {
	    .interface = &slow_interface, .owner = THIS_MODULE, .place = HERE, .name = "slow"};

	return registration_reserve(&slow_entry, &wanted);
}

static int race_once(void)
{
	struct registration *staged[] = {&staged_hook.registration, &slow_entry,
					 &staged_command.registration};
	int error = hook_reserve(&staged_hook);

	if (!error)
		error = reserve_slow_entry();

	if (!error)
		error = command_reserve(&staged_command);
	if (!error)
		error = registration_activate(staged, ARRAY_SIZE(staged));
	time_sleep(50 * TIME_US);
	__atomic_fetch_add(&generation, 1, __ATOMIC_RELEASE);
	hook_unregister(&staged_hook);
	WRITE_ONCE(out, true);
	command_unregister(&staged_command);
	registration_remove(&slow_entry);
	time_sleep(20 * TIME_US);
	WRITE_ONCE(out, false);
	__atomic_fetch_add(&generation, 1, __ATOMIC_RELEASE);
	return error;
}

/* Hooks behind a slow one come and go, so that walks go on in a chain that has been replaced. */
static int chain_once(void)
{
	int error = hook_register(&slow_hook);

	if (!error)
		error = hook_register(&tail_hook);
	time_sleep(20 * TIME_US);
	if (!error)
		error = hook_register(&staged_hook);
	hook_unregister(&staged_hook);
	hook_unregister(&tail_hook);
	hook_unregister(&slow_hook);
	return error;
}

/* Runs @once again and again while other CPUs run @other. */
static int against(int (*once)(void), int (*other)(void *), unsigned rounds)
{
	struct thread *others[8];
	unsigned count = 0;
	int error = 0;

	both = halves = looks = late = 0;
	for (unsigned cpu = 1; cpu < cpu_count() && count < ARRAY_SIZE(others); cpu++) {
		others[count] = thread_create_on((int)cpu, other, NULL, "stages/%u", cpu);
		count += others[count] != NULL;
	}
	for (unsigned i = 0; i < rounds && !error; i++)
		error = once();
	while (count > 0)
		thread_stop(others[--count]);
	return error;
}

static int chain(struct command_call *call, unsigned rounds)
{
	int error = against(chain_once, walk, rounds);

	command_print(call, "%s, looks %u\n", errno_name(error), looks);
	return error;
}

static int race(struct command_call *call, unsigned rounds)
{
	int error = against(race_once, look, rounds);

	command_print(call, "%s, looks %u, both %u, halves %u, late %u\n", errno_name(error), looks,
		      both, halves, late);
	return error;
}

static int stages_run(struct command_call *call)
{
	int error = 0;

	if (word_is(call, 1, "race"))
		return race(call, word_number(call, 2, 1000));
	if (word_is(call, 1, "chain"))
		return chain(call, word_number(call, 2, 1000));
	if (word_is(call, 1, "reserve"))
		error = reserve();
	else if (word_is(call, 1, "activate"))
		error = registration_activate(set, ARRAY_SIZE(set));
	else if (word_is(call, 1, "short"))
		error = short_set();
	else if (word_is(call, 1, "back"))
		back();
	else if (word_is(call, 1, "log"))
		printk("rules_stages: for the consoles\n");
	else if (word_is(call, 1, "type"))
		input_push(&staged_input, "mkdir /t/seen\r", 14);
	else
		command_print(call, "told %u hooked %u interrupted %u written %u\n", told > 0,
			      hooked > 0, interrupted > 0, written > 0);
	return error ? command_fail(call, "set", error, "not all of it") : 0;
}

static const struct command_operations stages_operations = {.run = stages_run};
static struct command stages_command = {.name = "stages", .operations = &stages_operations};

static int __init stages_init(void)
{
	int error = interface_register(&slow_interface);

	if (error)
		return error;
	pit_start(1000);
	return command_register(&stages_command);
}

static void stages_exit(void)
{
	pit_start(PIT_SLOWEST);
	command_unregister(&stages_command);
	interface_unregister(&slow_interface);
}

module_init(stages_init);
module_exit(stages_exit);
