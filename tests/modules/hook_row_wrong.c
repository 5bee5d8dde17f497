/* A hook in hook_row's chain, in front of the one of priority @at: it passes, drops, faults, or
 * leaves preemption off. */
#include <string.h>

#include <kernel/module.h>
#include <kernel/preempt.h>

#include "hook_row.h"

MODULE_LICENSE("MIT");

static unsigned at;
module_param(at, uint, 0);
static char *how = "drop";
module_param(how, charp, 0);

static volatile uintptr_t nowhere = 8;

static enum hook_verdict handle(struct hook *hook, void *argument)
{
	struct row_message *message = argument;

	message->called[message->count++] = '-';
	if (strcmp(how, "fault") == 0)
		*(volatile int *)nowhere = 1;
	if (strcmp(how, "preempt") == 0)
		preempt_disable();
	return strcmp(how, "drop") == 0 ? HOOK_DROP : HOOK_PASS;
}

static const struct hook_operations operations = {.handle = handle};
static struct hook hook = {.name = "wrong", .operations = &operations, .point = &row_point};

static int __init hook_row_wrong_init(void)
{
	hook.priority = (int)at - 1;
	return hook_register(&hook);
}

static void hook_row_wrong_exit(void)
{
	hook_unregister(&hook);
}

module_init(hook_row_wrong_init);
module_exit(hook_row_wrong_exit);
