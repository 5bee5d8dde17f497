/* init takes a reference on its own module, has `late_keeper` remember it, and fails. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

void late_keep_reference(struct module *module);

static int __init init_keeps_reference_init(void)
{
	__module_get(THIS_MODULE);
	late_keep_reference(THIS_MODULE);
	return -EIO;
}

static void init_keeps_reference_exit(void)
{
}

module_init(init_keeps_reference_init);
module_exit(init_keeps_reference_exit);
