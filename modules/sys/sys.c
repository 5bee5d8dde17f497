/*
 * The kernel's tables as files, in Linux's places and formats: /sys/module and /proc. A file's text
 * is made when the file is opened and is the opener's from then on, so that a slow reader holds
 * nothing, and a module that leaves meanwhile changes nothing in it. Tables are asked a row at a
 * time, by name: no pointer into a module is kept, and nothing of a module is called.
 */
#include <kernel/module.h>

#include "sys.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("/sys/module, /proc/modules and /proc/kallsyms");
MODULE_VERSION("1.0");

/* Each mount shows the same. */
int sys_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return 0;
}

static int __init sys_init(void)
{
	int error = filesystem_register(&sys_filesystem);

	if (error)
		return error;
	error = filesystem_register(&proc_filesystem);
	if (error)
		filesystem_unregister(&sys_filesystem);
	return error;
}

static void sys_exit(void)
{
	filesystem_unregister(&proc_filesystem);
	filesystem_unregister(&sys_filesystem);
}

module_init(sys_init);
module_exit(sys_exit);
