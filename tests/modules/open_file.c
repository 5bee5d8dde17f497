/* Leaves the file named by the parameter path open. */
#include <files/file.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static char *path = "/dev/counter";
module_param(path, charp, 0);

static struct file *file;

static int __init open_file_init(void)
{
	return file_open(path, FILE_READ, &file);
}

static void open_file_exit(void)
{
}

module_init(open_file_init);
module_exit(open_file_exit);
