/* Looks at each other CPU again and again, with no time to answer in between: `impatient`. What
 * code that is in no module is called: `impatient name`. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>

MODULE_LICENSE("MIT");

#define LOOKS 20000u

static int tell_name(struct command_call *call)
{
	command_print(call, "%s\n", module_name(NULL));
	return 0;
}

static int impatient_run(struct command_call *call)
{
	if (call->argc > 1)
		return tell_name(call);
	for (unsigned look = 0; look < LOOKS; look++)
		for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
			cpu_watch(cpu);
	return 0;
}

static const struct command_operations operations = {.run = impatient_run};
static struct command command = {.name = "impatient", .operations = &operations};

static int __init impatient_init(void)
{
	return command_register(&command);
}

static void impatient_exit(void)
{
	command_unregister(&command);
}

module_init(impatient_init);
module_exit(impatient_exit);
