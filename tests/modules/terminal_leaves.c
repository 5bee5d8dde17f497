/*
 * Takes `terminal` out with all that uses it, the shell included, and brings all back: once, from a
 * thread of its own, soon after it was loaded. It uses nothing of `terminal`.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static const char *const users[] = {
    "terminal", "files",  "serial_console", "fb_console", "ps2_keyboard",
    "initrd",	"fw_cfg", "power",	    "text",	  "sys",
    "procps",	"pci",	  "shell",
};
static struct thread *thread;

static void leave(struct module_report *report)
{
	int error = module_control_unload(users, ARRAY_SIZE(users), MODULE_WAIT,
					  time_now() + 20 * TIME_SECOND, report);

	if (error)
		printk("terminal_leaves: %s: %s (%d)\n", report->name, report->text, error);
	else
		printk("terminal_leaves: they have left\n");
}

static int leave_and_return(void *unused)
{
	struct module_report *report = heap_alloc_zeroed(sizeof(*report));

	if (!report || thread_sleep_until_stop(time_now() + TIME_SECOND))
		return 0;
	leave(report);
	heap_free(report);
	printk("terminal_leaves: no module shows this\n");
	for (unsigned i = 0; i < ARRAY_SIZE(users); i++)
		if (module_load(users[i], NULL, 0))
			return 0;
	printk("terminal_leaves: they are back\n");
	return 0;
}

static int __init leaves_init(void)
{
	thread = thread_create(leave_and_return, NULL, "leaves");
	return thread ? 0 : -ENOMEM;
}

static void leaves_exit(void)
{
	thread_stop(thread);
}

module_init(leaves_init);
module_exit(leaves_exit);
