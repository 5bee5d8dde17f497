/*
 * `deep_caller LEFT` goes down its stack until LEFT bytes are left, and runs the command `wild`
 * there, which faults; with a word behind it it does something else there: `stop` stops the
 * machine, `open` opens a file of sys, `out` takes a command out, `in` puts it in, `load` and
 * `unload` are of `hello`, `walk` calls hooks of another module. `deep_caller again` runs itself
 * without end.
 */
#include <string.h>

#include <files/file.h>
#include <hook_source/hook_source.h>
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/stop.h>

MODULE_LICENSE("MIT");

#define STACK_SIZE 16384ul /* stacks end at multiples of it */

static int nothing(void *unused)
{
	return 0;
}

static int stop(void)
{
	return stop_machine(nothing, NULL, NULL);
}

static int open_file(void)
{
	struct file *file;
	int error = file_open("/proc/modules", FILE_READ, &file);

	if (!error)
		file_close(file);
	return error;
}

static int go(struct command_call *call)
{
	return 0;
}

static const struct command_operations other_operations = {.run = go};
static struct command other = {.name = "deep_caller_other", .operations = &other_operations};

static int out(void)
{
	return command_unregister(&other);
}

static int in(void)
{
	return command_register(&other);
}

static int run_wild(void)
{
	char *argv[] = {"wild", "null", NULL};
	struct command_call call = {.argc = 2, .argv = argv};

	return command_run(&call);
}

static __noinline int descend(uint64_t left, int (*act)(void))
{
	volatile uint64_t here[2] = {left, 0};

	if ((uint64_t)&here[0] % STACK_SIZE > left + 64)
		return descend(left, act) + 0 * (int)here[0];
	return act();
}

static int load(void)
{
	return module_load("hello", NULL, 0);
}

static int unload(void)
{
	static struct module_report report;
	const char *name = "hello";

	return module_control_unload(&name, 1, 0, 0, &report);
}

/* The hooks that are called are of another module. */
static int walk(void)
{
	struct message message = {0};

	return hook_run(&messages, &message) == HOOK_DROP ? -EPERM : 0;
}

static const struct {
	const char *word;
	int (*act)(void);
} acts[] = {{"stop", stop}, {"open", open_file}, {"out", out},	{"in", in},
	    {"load", load}, {"unload", unload},	 {"walk", walk}};

static int deep_run(struct command_call *call)
{
	int (*act)(void) = run_wild;
	uint64_t left = 0;

	if (call->argc < 2)
		return -EINVAL;
	if (strcmp(call->argv[1], "again") == 0)
		return command_run(call);
	for (const char *c = call->argv[1]; *c >= '0' && *c <= '9'; c++)
		left = left * 10 + (uint64_t)(*c - '0');
	for (size_t i = 0; call->argc > 2 && i < ARRAY_SIZE(acts); i++)
		if (strcmp(call->argv[2], acts[i].word) == 0)
			act = acts[i].act;
	command_print(call, "it says %d\n", descend(left, act));
	return 0;
}

static const struct command_operations operations = {.run = deep_run};
static struct command command = {.name = "deep_caller", .operations = &operations};

static int __init deep_init(void)
{
	int error = command_register(&other);

	return error ? error : command_register(&command);
}

static void deep_exit(void)
{
	command_unregister(&command);
	command_unregister(&other);
}

module_init(deep_init);
module_exit(deep_exit);
