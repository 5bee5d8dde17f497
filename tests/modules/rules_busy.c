/*
 * A thread on each CPU registers and unregisters a command of its own without pause, busy_0 and so
 * on, from init to exit, so that callers, and the module's own end, meet it at every point.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

#define BUSY 4

static int busy_run(struct command_call *call)
{
	return 0;
}

static const struct command_operations operations = {.run = busy_run};
static struct busy {
	struct command command;
	struct thread *thread;
	char name[16];
} busy[BUSY];

static int come_and_go(void *argument)
{
	struct busy *mine = argument;

	do {
		if (command_register(&mine->command) != 0)
			printk("rules_busy: %s: cannot be registered\n", mine->name);
		time_sleep(50 * TIME_US);
		command_unregister(&mine->command);
	} while (!thread_sleep_until_stop(time_now() + 20 * TIME_US));
	return 0;
}

static int __init busy_init(void)
{
	for (unsigned i = 0; i < min(cpu_count(), (unsigned)BUSY); i++) {
		snprintf(busy[i].name, sizeof(busy[i].name), "busy_%u", i);
		busy[i].command = (struct command){.name = busy[i].name, .operations = &operations};
		busy[i].thread = thread_create_on((int)i, come_and_go, &busy[i], "busy/%u", i);
		if (!busy[i].thread)
			printk("rules_busy: no memory for a thread\n");
	}
	return 0;
}

static void busy_exit(void)
{
	for (unsigned i = 0; i < BUSY; i++)
		if (busy[i].thread)
			thread_stop(busy[i].thread);
}

module_init(busy_init);
module_exit(busy_exit);
