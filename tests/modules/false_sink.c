/* `false_sink` takes all output to paths from then on; its write returns what `answer` says. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/sink.h>

MODULE_LICENSE("MIT");

static long answer;
module_param(answer, long, 0444);

static bool taken;

static int false_open(struct sink *sink, const char *path, bool append, uint64_t *end, void **data)
{
	return 0;
}

static long false_write(struct sink *sink, void *data, const void *bytes, size_t size,
			uint64_t offset)
{
	return answer;
}

static void false_release(struct sink *sink, void *data)
{
}

static const struct sink_operations sink_operations = {
    .open = false_open, .write = false_write, .release = false_release};
static struct sink sink = {.name = "false", .operations = &sink_operations};

static int take(struct command_call *call)
{
	int error = sink_register(&sink);

	taken = error == 0;
	return error;
}

static const struct command_operations operations = {.run = take};
static struct command command = {.name = "false_sink", .operations = &operations};

static int __init false_sink_init(void)
{
	return command_register(&command);
}

static void false_sink_exit(void)
{
	command_unregister(&command);
	if (taken)
		sink_unregister(&sink);
}

module_init(false_sink_init);
module_exit(false_sink_exit);
