/* Opens a file when it is loaded; `sys_holder read`, `sys_holder write TEXT` use it. */
#include <string.h>

#include <files/file.h>
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/stream.h>

MODULE_LICENSE("MIT");

static char *path;
static unsigned offset;
module_param(path, charp, 0444);
module_param(offset, uint, 0444);

static struct file *file;

static int sys_holder_run(struct command_call *call)
{
	bool writes = call->argc == 3;
	char text[64];
	long done;

	if (writes)
		done = file_write(file, call->argv[2], strlen(call->argv[2]), offset);
	else
		done = file_read(file, text, sizeof(text), offset);
	if (done < 0)
		return command_fail(call, path, (int)done, "failed");
	if (!writes)
		stream_write(call->out, text, (size_t)done);
	return 0;
}

static const struct command_operations sys_holder_operations = {.run = sys_holder_run};
static struct command sys_holder_command = {.name = "sys_holder",
					    .operations = &sys_holder_operations};

static int __init sys_holder_init(void)
{
	int error = file_open(path, FILE_READ | FILE_WRITE, &file);

	if (error)
		return error;
	error = command_register(&sys_holder_command);
	if (error)
		file_close(file);
	return error;
}

static void sys_holder_exit(void)
{
	command_unregister(&sys_holder_command);
	file_close(file);
}

module_init(sys_holder_init);
module_exit(sys_holder_exit);
