/*
 * Puts a reference that nobody got: `surplus_put`. `surplus_put fair` has got them, in both ways.
 * `surplus_put stay` does not come back before the module `counter` is loaded. A read of
 * /dev/surplus_put goes on until `surplus_put end`.
 */
#include <string.h>

#include <kernel/command.h>
#include <files/file.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static bool ended;

static long slow_read(struct node *node, void **unused, void *buffer, size_t size, uint64_t offset)
{
	time_sleep(TIME_MS);
	memset(buffer, 'x', size);
	return READ_ONCE(ended) ? 0 : (long)size;
}

static const struct node_operations node_operations = {.read = slow_read};
static struct node node = {.name = "surplus_put", .operations = &node_operations};

static void stay(struct command_call *call)
{
	struct file_status status;

	command_print(call, "stays\n");
	while (file_status("/dev/counter", &status) != 0)
		time_sleep(TIME_MS);
}

static int surplus_put_run(struct command_call *call)
{
	if (word_is(call, 1, "end")) {
		WRITE_ONCE(ended, true);
		return 0;
	}
	if (word_is(call, 1, "fair")) {
		if (!try_module_get(THIS_MODULE))
			return -EBUSY;
		__module_get(THIS_MODULE);
		module_put(THIS_MODULE);
	}
	module_put(THIS_MODULE);
	if (word_is(call, 1, "stay"))
		stay(call);
	return 0;
}

static const struct command_operations surplus_put_operations = {.run = surplus_put_run};
static struct command surplus_put_command = {
    .name = "surplus_put",
    .operations = &surplus_put_operations,
};

static int __init surplus_put_init(void)
{
	int error = node_register(&node);

	return error ? error : command_register(&surplus_put_command);
}

static void surplus_put_exit(void)
{
	command_unregister(&surplus_put_command);
	node_unregister(&node);
}

module_init(surplus_put_init);
module_exit(surplus_put_exit);
