/*
 * Takes until there is no more: `limits threads` and `limits io` print how much they got, and give
 * it back.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

#define MOST 5000
#define PIECE (1ul << 20)

static void *taken[MOST];

static int wait_for_stop(void *unused)
{
	while (!thread_sleep_until_stop(time_now() + 3600 * TIME_SECOND))
		;
	return 0;
}

static int limits_run(struct command_call *call)
{
	bool threads = call->argc == 2 && strcmp(call->argv[1], "threads") == 0;
	unsigned count = 0;

	while (count < MOST) {
		taken[count] = threads ? (void *)thread_create(wait_for_stop, NULL, "one/%u", count)
				       : io_map(count * PIECE, PIECE, IO_CACHED);
		if (!taken[count])
			break;
		count++;
	}
	command_print(call, "%u\n", count);
	while (count-- > 0) {
		if (threads)
			thread_stop(taken[count]);
		else
			io_unmap(taken[count]);
	}
	return 0;
}

static const struct command_operations limits_operations = {.run = limits_run};
static struct command limits_command = {.name = "limits", .operations = &limits_operations};

static int __init limits_init(void)
{
	return command_register(&limits_command);
}

static void limits_exit(void)
{
	command_unregister(&limits_command);
}

module_init(limits_init);
module_exit(limits_exit);
