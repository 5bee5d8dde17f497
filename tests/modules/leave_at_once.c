/* `leave_at_once NAME COUNT` unloads NAME_000, NAME_001 ... in one unload, and tells what it has
 * cost and how long the machine stood still in its last stop. */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define MANY 1000u

static struct {
	struct module_report report;
	const char *names[MANY];
	char texts[MANY][32];
} away;

static int run(struct command_call *call)
{
	unsigned count = min(word_number(call, 2, 1), MANY);
	struct stop_statistics before, after;
	uint64_t begin;
	int error;

	for (unsigned i = 0; i < count; i++) {
		snprintf(away.texts[i], sizeof(away.texts[i]), "%s_%03u", call->argv[1], i);
		away.names[i] = away.texts[i];
	}
	stop_statistics(&before);
	begin = time_now();
	error = module_control_unload(away.names, count, 0, 0, &away.report);
	begin = time_now() - begin;
	stop_statistics(&after);
	command_print(call, "%s: %llu ns, %llu stops, the last of %llu ns\n", errno_name(error),
		      (unsigned long long)begin, (unsigned long long)(after.count - before.count),
		      (unsigned long long)after.last);
	return error;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "leave_at_once", .operations = &operations};

static int __init leave_at_once_init(void)
{
	return command_register(&command);
}

static void leave_at_once_exit(void)
{
	command_unregister(&command);
}

module_init(leave_at_once_init);
module_exit(leave_at_once_exit);
