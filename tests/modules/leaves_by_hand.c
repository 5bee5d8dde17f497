/* Its function unloads its own module, by force with force=1: what is returned then is the error.
 */
#include "called_by_hand.h"

#include <kernel/module_control.h>
#include <kernel/printk.h>

MODULE_LICENSE("MIT");

static bool force;
module_param(force, bool, 0);
static struct module_report report;

static int leave(void)
{
	const char *name = KBUILD_MODNAME;
	volatile int error = module_control_unload(&name, 1, force ? MODULE_FORCE : 0, 0, &report);

	printk(KERN_INFO "leaves_by_hand: %s\n", report.text);
	return error;
}

static int __init leaves_init(void)
{
	called_by_hand_set(leave, THIS_MODULE);
	return 0;
}

static void leaves_exit(void)
{
	called_by_hand_set(NULL, NULL);
}

module_init(leaves_init);
module_exit(leaves_exit);
