/*
 * Files as a module: paths and the points where filesystems stand, open files, /dev, the commands
 * about them, and the kernel's ways to files, which are the interfaces source and sink.
 */
#include <kernel/module.h>

#include "file_internal.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Files by path: filesystems, /dev, and the commands about them");
MODULE_VERSION("1.0");

static void files_exit(void)
{
	kernel_ways_unregister();
	commands_unregister();
	dev_unregister();
	filesystem_unregister(&root_filesystem);
	interface_unregister(&filesystem_interface);
	interface_unregister(&node_interface);
}

static int __init files_init(void)
{
	int error = interface_register(&node_interface);

	if (!error)
		error = interface_register(&filesystem_interface);
	if (!error)
		error = filesystem_register(&root_filesystem);
	if (!error)
		error = dev_register();
	if (!error)
		error = commands_register();
	if (!error)
		error = kernel_ways_register();
	if (error)
		files_exit();
	return error;
}

module_init(files_init);
module_exit(files_exit);
