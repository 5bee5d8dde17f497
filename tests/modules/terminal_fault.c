/*
 * Makes the module `terminal` fault in a call on its own entry, over the screen's buffer, and logs
 * from a timer afterwards: `terminal_fault` begins both.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "terminal_internal.h"

MODULE_LICENSE("MIT");

#define LINES 10
#define NOWHERE (1ul << 40) /* bytes behind the buffer */

static struct timer timer;
static unsigned logged;

static void fire(struct timer *unused, void *argument)
{
	if (logged < LINES)
		printk("terminal_fault: line %u\n", ++logged);
}

static int fault_run(struct command_call *call)
{
	terminal_get(TERMINAL_SCREEN)->used = NOWHERE;
	printk("terminal_fault: the screen's buffer leads nowhere\n");
	return timer_start_periodic(&timer, TIME_SECOND);
}

static const struct command_operations operations = {.run = fault_run};
static struct command command = {.name = "terminal_fault", .operations = &operations};

static int __init fault_init(void)
{
	timer_init(&timer, fire, NULL);
	return command_register(&command);
}

static void fault_exit(void)
{
	command_unregister(&command);
	timer_cancel(&timer);
}

module_init(fault_init);
module_exit(fault_exit);
