/* Forty-eight hooks on the point of hook_provider, well behaved. */
#include <lib/compiler.h>

#include <kernel/module.h>

#include "hook_provider.h"

MODULE_LICENSE("MIT");

static enum hook_verdict handle(struct hook *hook, void *message)
{
	return HOOK_PASS;
}
static const struct hook_operations operations = {.handle = handle};

static struct hook hooks[48];
static char names[ARRAY_SIZE(hooks)][4];

static void many_hooks_exit(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(hooks); i++)
		hook_unregister(&hooks[i]);
}

static int __init many_hooks_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(hooks); i++) {
		snprintf(names[i], sizeof(names[i]), "h%u", i);
		hooks[i] = (struct hook){
		    .name = names[i], .operations = &operations, .point = &provided_point};
		if (hook_register(&hooks[i])) {
			many_hooks_exit();
			return -EIO;
		}
	}
	return 0;
}

module_init(many_hooks_init);
module_exit(many_hooks_exit);
