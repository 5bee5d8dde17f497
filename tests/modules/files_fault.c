/* Makes the module `files` fault inside a call on one of its entries. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/sink.h>

MODULE_LICENSE("MIT");

static int fault(struct command_call *command)
{
	struct call call;
	int error = call_begin_by_name(&call, &sink_interface, "files", OPERATION(sink, write));

	if (error)
		return command_fail(command, "files", error, "has no sink");
	error = (int)call_through(&call, container_of(call.registration, struct sink, registration),
				  (void *)8, "x", (size_t)1, (uint64_t)0);
	call_end(&call);
	return error == -ENOTRECOVERABLE ? 0 : command_fail(command, "files", -EINVAL, "is well");
}

static const struct command_operations operations = {.run = fault};
static struct command command = {.name = "files_fault", .operations = &operations};

static int __init fault_init(void)
{
	return command_register(&command);
}

static void fault_exit(void)
{
	command_unregister(&command);
}

module_init(fault_init);
module_exit(fault_exit);
