/*
 * Two hooks on bench_hook's point. Built four times, as bench_hooks_1 to bench_hooks_4.
 */
#include <kernel/module.h>

#include "hook_point.h"

static enum hook_verdict first(struct hook *hook, void *message)
{
	((struct bench_message *)message)->seen++;
	return HOOK_PASS;
}

static enum hook_verdict second(struct hook *hook, void *message)
{
	((struct bench_message *)message)->seen++;
	return HOOK_PASS;
}

static const struct hook_operations first_operations = {.handle = first};
static const struct hook_operations second_operations = {.handle = second};
static struct hook hooks[] = {
    {.name = KBUILD_MODNAME ".first", .operations = &first_operations, .point = &bench_messages},
    {.name = KBUILD_MODNAME ".second", .operations = &second_operations, .point = &bench_messages},
};

static int __init hooks_init(void)
{
	int err = hook_register(&hooks[0]);

	if (err != 0)
		return err;
	err = hook_register(&hooks[1]);
	if (err != 0)
		hook_unregister(&hooks[0]);
	else if (bench_bare_add(first) != 0 || bench_bare_add(second) != 0)
		printk(KERN_ERR KBUILD_MODNAME ": the bare loop has no room for it\n");
	return err;
}

static void hooks_exit(void)
{
	hook_unregister(&hooks[1]);
	hook_unregister(&hooks[0]);
}

module_init(hooks_init);
module_exit(hooks_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Two of the hooks that bench_hook measures");
