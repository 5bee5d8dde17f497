/* A command that closes a file twice. */
#include <files/file.h>
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int close_twice(struct command_call *call)
{
	struct file *file;
	int error = file_open("/dev/null", FILE_READ, &file);

	if (error)
		return error;
	file_close(file);
	file_close(file);
	return 0;
}

static const struct command_operations operations = {.run = close_twice};
static struct command command = {.name = "closes_twice", .operations = &operations};

static int __init closes_twice_init(void)
{
	return command_register(&command);
}

static void closes_twice_exit(void)
{
	command_unregister(&command);
}

module_init(closes_twice_init);
module_exit(closes_twice_exit);
