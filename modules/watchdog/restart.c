/*
 * Without the modules `terminal` and `shell` there is no prompt, and no command that could bring
 * them back. Once a second of its own running this thread looks whether one of them has failed. It
 * is taken out then, after all that depends on it, each by force if it does not go otherwise; and
 * what went is loaded again in the opposite order, with the parameters that it has by itself. What
 * had failed stays away, but for these two.
 *
 * The rule that ends it: `restarts` times a minute at most, then the module stays as it is.
 */
#include "watchdog.h"

#include <string.h>

#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#define PERIOD TIME_SECOND
#define LEAVE_WITHIN (5 * TIME_SECOND)
#define MINUTE (60 * TIME_SECOND)
#define RESTARTS_MOST 60u
#define LEAVING_MOST 64u /* of more than these the oldest come back */

static unsigned restarts = 5;
module_param(restarts, uint, 0444);
MODULE_PARM_DESC(restarts, "how often a minute terminal or shell is loaded again; 0: never");

struct kept {
	const char *name;
	uint64_t times[RESTARTS_MOST]; /* of the last restarts, as a ring */
	unsigned count;		       /* of all restarts */
	bool given_up;		       /* it has failed too often */
	bool begun;		       /* it has failed; what depends on it is being taken out */
	bool told;		       /* in the log: what stands in the way of that */
};

static struct kept kept[] = {{.name = "terminal"}, {.name = "shell"}};
static struct thread *thread; /* what follows is its own */
static struct module_line row;
static struct module_report report;
static char gone[LEAVING_MOST][sizeof(row.name)]; /* to be loaded again, the first to go first */
static unsigned gone_count;

/* The row of @name is in `row`. */
static bool find(const char *name)
{
	uint64_t cursor = MODULE_NAMED;

	strlcpy(row.name, name, sizeof(row.name));
	return module_describe(&cursor, &row) == 0;
}

/* The newest module that needs @name is in `row`. */
static bool find_dependant(const char *name)
{
	uint64_t cursor = 0;

	while (module_describe(&cursor, &row) == 0)
		if (module_needs(row.name, name))
			return true;
	return false;
}

static bool is_kept(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (strcmp(kept[i].name, name) == 0)
			return true;
	return false;
}

static bool may_come_back(struct kept *module)
{
	unsigned most = min(restarts, RESTARTS_MOST);
	uint64_t now = time_now(), *oldest;

	oldest = &module->times[most > 0 ? module->count % most : 0];
	if (most == 0 || (module->count >= most && now - *oldest < MINUTE)) {
		printk(KERN_ERR
		       "watchdog: %s has failed and is left as it is: %u restarts a minute\n",
		       module->name, most);
		module->given_up = true;
		return false;
	}
	*oldest = now;
	module->count++;
	return true;
}

static int unload(const char *name, unsigned flags)
{
	return module_control_unload(&name, 1, flags, time_now() + LEAVE_WITHIN, &report);
}

/* Takes @name out, which no module needs. */
static int take_out(const char *name)
{
	bool failed = find(name) && row.state == MODULE_FAILED;
	int error = failed ? -EPERM : unload(name, MODULE_WAIT);

	if (error)
		error = unload(name, MODULE_FORCE);
	if (!error && (!failed || is_kept(name)) && gone_count < LEAVING_MOST)
		strlcpy(gone[gone_count++], name, sizeof(gone[0]));
	return error;
}

/* Takes @name out after all that needs it; what is in the way of it is in the report. */
static int take_out_all(const char *name)
{
	char next[sizeof(row.name)];
	int error;

	do {
		strlcpy(next, name, sizeof(next));
		while (find_dependant(next))
			strlcpy(next, row.name, sizeof(next));
		error = take_out(next);
	} while (!error && strcmp(next, name) != 0);
	return error;
}

static void bring_back(void)
{
	static const char *const no_rc[] = {"rc=n"}; /* its lines have been run */

	while (gone_count > 0) {
		const char *name = gone[--gone_count];
		bool shell = strcmp(name, "shell") == 0;
		int error = module_load(name, no_rc, shell ? 1 : 0);

		if (error)
			printk(KERN_ERR "watchdog: %s is not loaded again: %s (%s)\n", name,
			       errno_text(error), errno_name(error));
	}
}

/* What is in the way may leave: it is tried again the next time. */
static void restart(struct kept *module)
{
	int error;

	if (!module->begun && !may_come_back(module))
		return;
	module->begun = true;
	error = take_out_all(module->name);
	if (error) {
		if (!module->told)
			printk(KERN_ERR "watchdog: %s has failed and %s cannot be taken out: %s\n",
			       module->name, report.name, report.text);
		module->told = true;
		return;
	}
	printk(KERN_WARNING "watchdog: %s has failed, and is loaded again\n", module->name);
	bring_back();
	module->begun = module->told = false;
}

static int watch(void *unused)
{
	while (!thread_sleep_until_stop(time_now() + PERIOD))
		for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
			if (!kept[i].given_up && find(kept[i].name) && row.state == MODULE_FAILED)
				restart(&kept[i]);
	return 0;
}

int restart_begin(void)
{
	thread = thread_create(watch, NULL, "restart");
	return thread ? 0 : -ENOMEM;
}

void restart_end(void)
{
	thread_stop(thread);
}
