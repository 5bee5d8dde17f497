/* Commands whose candidates have no end: of `endless` each is the same, those of `slowly` take
 * their time. */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static int run_nothing(struct command_call *call)
{
	return 0;
}

static int complete_endlessly(const char *prefix, unsigned index, char *candidate, size_t size)
{
	strlcpy(candidate, "other", size);
	return 0;
}

static int complete_slowly(const char *prefix, unsigned index, char *candidate, size_t size)
{
	if (index == 0)
		printk("completes: asked\n");
	time_sleep(20 * TIME_MS);
	return complete_endlessly(prefix, index, candidate, size);
}

static const struct command_operations endless_operations = {.run = run_nothing,
							     .complete = complete_endlessly};
static const struct command_operations slow_operations = {.run = run_nothing,
							  .complete = complete_slowly};
static struct command endless = {.name = "endless", .operations = &endless_operations};
static struct command slowly = {.name = "slowly", .operations = &slow_operations};

static int __init completes_init(void)
{
	int error = command_register(&endless);

	if (error)
		return error;
	error = command_register(&slowly);
	if (error)
		command_unregister(&endless);
	return error;
}

static void completes_exit(void)
{
	command_unregister(&slowly);
	command_unregister(&endless);
}

module_init(completes_init);
module_exit(completes_exit);
