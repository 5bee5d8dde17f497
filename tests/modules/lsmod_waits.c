/*
 * `lsmod_waits MODULE` asks for the newest row of lsmod again and again, from a thread of high
 * priority, until MODULE is `live` in it, and prints how many rows have come while it was `loading`
 * and how long the slowest took. The load begins after the thread has logged that it looks.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

#define PAUSE (20 * TIME_US)

static const char *awaited;
static unsigned rows;
static uint64_t longest;

/* Its state, if it is the newest; else MODULE_ABSENT. */
static enum module_state state_now(void)
{
	struct module_line row;
	uint64_t cursor = 0, begin = time_now(), took;

	if (module_describe(&cursor, &row))
		return MODULE_ABSENT;
	took = time_now() - begin;
	if (strcmp(row.name, awaited) != 0)
		return MODULE_ABSENT;
	if (row.state == MODULE_LOADING) {
		rows++;
		longest = took > longest ? took : longest;
	}
	return row.state;
}

static int look(void *unused)
{
	thread_set_priority(THREAD_HIGH);
	printk("lsmod_waits: looks\n");
	while (state_now() != MODULE_LIVE)
		time_sleep(PAUSE);
	return 0;
}

static int lsmod_waits_run(struct command_call *call)
{
	struct thread *thread;

	if (call->argc < 2)
		return -EINVAL;
	awaited = call->argv[1];
	rows = 0;
	longest = 0;
	thread = thread_create(look, NULL, "look");
	if (!thread)
		return -ENOMEM;
	thread_stop(thread);
	command_print(call, "%u rows, the slowest in %lu ns\n", rows, longest);
	return 0;
}

static const struct command_operations operations = {.run = lsmod_waits_run};
static struct command command = {.name = "lsmod_waits", .operations = &operations};

static int __init lsmod_waits_init(void)
{
	return command_register(&command);
}

static void lsmod_waits_exit(void)
{
	command_unregister(&command);
}

module_init(lsmod_waits_init);
module_exit(lsmod_waits_exit);
