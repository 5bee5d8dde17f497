/*
 * A hook that refuses one message in so many, before others see it.
 */
#include <hook_source/hook_source.h>

#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Refuses one in so many of the messages of hook_source");
MODULE_VERSION("1.0");

static unsigned every = 10;
module_param(every, uint, 0444);
MODULE_PARM_DESC(every, "refuse each message whose number is a multiple of this");

static enum hook_verdict drop(struct hook *hook, void *argument)
{
	const struct message *message = argument;

	return message->number % every == 0 ? HOOK_DROP : HOOK_PASS;
}

static const struct hook_operations drop_operations = {.handle = drop};
static struct hook drop_hook = {
    .name = "drop",
    .priority = -10,
    .operations = &drop_operations,
    .point = &messages,
};

static int __init drop_init(void)
{
	if (every == 0) {
		printk(KERN_ERR "hook_drop: every=0: use 1 to refuse all messages\n");
		return -EINVAL;
	}
	return hook_register(&drop_hook);
}

static void drop_exit(void)
{
	hook_unregister(&drop_hook);
}

module_init(drop_init);
module_exit(drop_exit);
