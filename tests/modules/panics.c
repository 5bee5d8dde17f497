/*
 * Brings the kernel down: it writes over a timer that is armed and arms another behind it, which
 * faults with a spinlock of the kernel's held; `panics timer` in a timer's function, `panics lock`
 * in a command. It prints and logs many lines right before, which must all be seen.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/timer.h>

MODULE_LICENSE("MIT");

#define LINES 60

static struct timer timer, far, farther;

static __noinline void fault(void)
{
	timer_start(&far, 1000 * TIME_SECOND);
	far.item.node.next = NULL;
	timer_start(&farther, 1001 * TIME_SECOND); /* in the same bucket: time/deferred.c */
	asm volatile(
	    ""); /* the call is not the last thing, so this function is among the callers */
}

static void fire(struct timer *unused, void *argument)
{
	fault();
}

static int panics_run(struct command_call *call)
{
	const char *word = call->argc > 1 ? call->argv[1] : "";

	for (int i = 1; i <= LINES; i++)
		command_print(call, "printed line %d of %d, that is to leave the machine\n", i,
			      LINES);
	for (int i = 1; i <= LINES; i++)
		printk("panics: logged line %d of %d\n", i, LINES);
	if (strcmp(word, "timer") == 0) {
		timer_start(&timer, TIME_US);
		time_sleep(10 * TIME_SECOND);
	} else if (strcmp(word, "lock") == 0) {
		fault();
	}
	return 0;
}

static const struct command_operations panics_operations = {.run = panics_run};
static struct command panics_command = {.name = "panics", .operations = &panics_operations};

static int __init panics_init(void)
{
	timer_init(&timer, fire, NULL);
	timer_init(&far, fire, NULL);
	timer_init(&farther, fire, NULL);
	return command_register(&panics_command);
}

static void panics_exit(void)
{
	timer_cancel(&timer);
	command_unregister(&panics_command);
}

module_init(panics_init);
module_exit(panics_exit);
