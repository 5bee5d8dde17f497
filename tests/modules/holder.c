/*
 * Holds itself in the ways that there are: `holder get`, `holder put`, `holder nap MS` (a call in
 * flight), `holder unload` (asks for its own removal from inside), `holder get_many` and `put_many`
 * (2^32 references more and less). With get_in_exit its exit takes a reference.
 */
#include <string.h>

#include <lib/parse.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static bool unload_in_init;
module_param(unload_in_init, bool, 0444);

static bool get_in_exit;
module_param(get_in_exit, bool, 0444);

/* As many increments of this CPU's gets, or with @offset 8 its puts, would take minutes. */
static void count_many(uint64_t offset)
{
	asm volatile("addq %1, %%gs:(%0)"
		     :
		     : "r"((uint64_t)THIS_MODULE + OWNER_COUNTER_SHIFT + offset), "r"(1ul << 32)
		     : "memory", "cc");
}

static int unload_itself(void)
{
	static const char *const names[] = {"holder"};
	struct module_report *report = heap_alloc_zeroed(sizeof(*report));
	int error;

	if (!report)
		return -ENOMEM;
	error = module_control_unload(names, 1, 0, 0, report);
	printk("holder: asked for its own removal: %d\n", error);
	heap_free(report);
	return error;
}

static int asked(struct command_call *call, int error)
{
	return error ? command_fail(call, "holder", error, "from inside") : 0;
}

static int holder_run(struct command_call *call)
{
	const char *word = call->argc > 1 ? call->argv[1] : "";
	uint64_t ms;

	if (strcmp(word, "get") == 0)
		return try_module_get(THIS_MODULE) ? 0 : -ENODEV;
	if (strcmp(word, "put") == 0)
		module_put(THIS_MODULE);
	else if (strcmp(word, "get_many") == 0)
		count_many(0);
	else if (strcmp(word, "put_many") == 0)
		count_many(8);
	else if (strcmp(word, "nap") == 0 && call->argc == 3 &&
		 parse_integer(call->argv[2], strlen(call->argv[2]), 0, 100000, &ms) == 0)
		time_sleep(ms * TIME_MS);
	else if (strcmp(word, "unload") == 0)
		return asked(call, unload_itself());
	else
		return command_fail(call, word, -EINVAL,
				    "usage: holder get[_many]|put[_many]|nap MS|unload");
	return 0;
}

static const struct command_operations holder_operations = {.run = holder_run};
static struct command holder_command = {.name = "holder", .operations = &holder_operations};

static int __init holder_init(void)
{
	if (try_module_get(THIS_MODULE)) {
		printk("holder: held while it was starting\n");
		module_put(THIS_MODULE);
	}
	if (unload_in_init)
		unload_itself();
	return command_register(&holder_command);
}

static void holder_exit(void)
{
	command_unregister(&holder_command);
	if (try_module_get(THIS_MODULE)) {
		printk("holder: held while it was leaving\n");
		module_put(THIS_MODULE);
	}
	if (get_in_exit)
		__module_get(THIS_MODULE);
}

module_init(holder_init);
module_exit(holder_exit);
