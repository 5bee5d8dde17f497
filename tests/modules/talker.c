/*
 * Says what a module should not: control characters in what it prints, in the log, in an error and
 * in its help; `talker part` leaves its line unfinished, `talker slow` does so for a while.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/stream.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("red \033[31m");

static int talker_run(struct command_call *call)
{
	const char *word = call->argc > 1 ? call->argv[1] : "";

	if (strcmp(word, "log") == 0) {
		printk("talker: \033[2J \r \a tail\n");
	} else if (strcmp(word, "fail") == 0) {
		return command_fail(call, "sub\033ject", -EIO, "rea\rson\nsecond line");
	} else if (strcmp(word, "part") == 0) {
		command_print(call, "unfinished");
	} else if (strcmp(word, "slow") == 0) {
		for (int i = 0; i < 20; i++) {
			command_print(call, "<%d", i);
			stream_flush(call->out);
			time_sleep(5 * TIME_MS);
			command_print(call, ">\n");
		}
	} else {
		command_print(call, "a\033[31mb\rc\ad\x9b"
				    "e\x7f\xff\n");
	}
	return 0;
}

static const struct command_operations talker_operations = {.run = talker_run};
static struct command talker_command = {
    .name = "talker",
    .usage = "\033[1m",
    .help = "\033[2J",
    .operations = &talker_operations,
};

static int __init talker_init(void)
{
	return command_register(&talker_command);
}

static void talker_exit(void)
{
	command_unregister(&talker_command);
}

module_init(talker_init);
module_exit(talker_exit);
