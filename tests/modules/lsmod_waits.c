/*
 * `lsmod_waits MODULE` loads it, while a thread of high priority asks for the newest row of lsmod
 * again and again, and prints how many rows have come meanwhile and how long the slowest took.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/wait.h>

MODULE_LICENSE("MIT");

#define PAUSE (20 * TIME_US)

static struct completion looks;
static unsigned rows;
static uint64_t longest;

static void take_row(void)
{
	struct module_line row;
	uint64_t cursor = 0, begin = time_now(), took;

	if (module_describe(&cursor, &row))
		return;
	took = time_now() - begin;
	rows++;
	longest = took > longest ? took : longest;
}

static int look(void *unused)
{
	thread_set_priority(THREAD_HIGH);
	complete(&looks);
	while (!thread_should_stop()) {
		take_row();
		time_sleep(PAUSE);
	}
	return 0;
}

static int lsmod_waits_run(struct command_call *call)
{
	struct thread *thread;
	int error;

	if (call->argc < 2)
		return -EINVAL;
	rows = 0;
	longest = 0;
	completion_init(&looks);
	thread = thread_create(look, NULL, "look");
	if (!thread)
		return -ENOMEM;
	completion_wait(&looks);
	error = module_load(call->argv[1], NULL, 0);
	thread_stop(thread);
	command_print(call, "%u rows, the slowest in %lu ns\n", rows, longest);
	return error;
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
