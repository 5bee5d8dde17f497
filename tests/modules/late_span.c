/*
 * /dev/late_span waits at the gate while it is opened. `late_span open` opens it and keeps it open
 * until `late_span remove` has tried to take it away. `late_span rival` registers another node of
 * that name, and unregisters it.
 */
#include "rules_gate.h"

#include <files/file.h>
#include <kernel/module.h>
#include <kernel/wait.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static DEFINE_WAIT_QUEUE(tries);
static bool tried;

static int node_open(struct node *node, void **file_private)
{
	gate_pass();
	return 0;
}

static const struct node_operations node_operations = {.open = node_open};
static struct node node = {.name = "late_span", .operations = &node_operations};
static struct node rival = {.name = "late_span", .operations = &node_operations};

static int keep_open(void)
{
	struct file *file;
	int error = file_open("/dev/late_span", FILE_READ, &file);

	if (error)
		return error;
	wait_event(&tries, READ_ONCE(tried));
	file_close(file);
	return 0;
}

static int late_span_run(struct command_call *call)
{
	int error;

	if (word_is(call, 1, "open"))
		return keep_open();
	if (word_is(call, 1, "rival")) {
		error = node_register(&rival);
		return error ? command_fail(call, rival.name, error, "is taken")
			     : node_unregister(&rival);
	}
	error = node_unregister(&node);
	WRITE_ONCE(tried, true);
	wait_queue_wake(&tries);
	return error ? command_fail(call, node.name, error, "stays") : 0;
}

static const struct command_operations operations = {.run = late_span_run};
static struct command command = {.name = "late_span", .operations = &operations};

static int __init late_span_init(void)
{
	int error = node_register(&node);

	return error ? error : command_register(&command);
}

static void late_span_exit(void)
{
	command_unregister(&command);
	node_unregister(&node);
}

module_init(late_span_init);
module_exit(late_span_exit);
