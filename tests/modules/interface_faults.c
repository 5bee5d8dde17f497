/*
 * An interface whose own function faults, named by the parameter where: entering, changed or left.
 * `interface_faults` registers an entry of this module in it and unregisters that.
 */
#include <string.h>

#include <kernel/bus.h>
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static char *where = "left";
module_param(where, charp, 0);

static volatile uintptr_t nowhere = 8;

static void fault_if(const char *here)
{
	if (strcmp(where, here) == 0)
		*(volatile int *)nowhere = 1;
}

static int entering(struct registration *registration)
{
	fault_if("entering");
	return 0;
}

static void changed(struct registration *registration, bool callable)
{
	fault_if("changed");
}

static void left(struct registration *registration)
{
	fault_if("left");
}

struct faulty_operations {
	int (*go)(void *argument);
};

struct faulty {
	const char *name;
	const struct faulty_operations *operations;
	struct registration registration;
};

static int go(void *argument)
{
	return 0;
}

static const struct faulty_operations faulty_operations = {.go = go};
static struct faulty entry = {.name = "entry", .operations = &faulty_operations};
static struct interface faulty_interface = {
    .name = "faulty",
    INTERFACE_OPERATIONS("go"),
    .context = INTERFACE_THREAD,
    .entering = entering,
    .changed = changed,
    .left = left,
};

static int run(struct command_call *call)
{
	int error = REGISTRATION_ENTER(register, faulty, &faulty_interface, &entry, THIS_MODULE);

	return error ? error : REGISTRATION_LEAVE(faulty, &entry);
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "interface_faults", .operations = &operations};

static int __init interface_faults_init(void)
{
	int error = interface_register(&faulty_interface);

	return error ? error : command_register(&command);
}

static void interface_faults_exit(void)
{
	command_unregister(&command);
	interface_unregister(&faulty_interface);
}

module_init(interface_faults_init);
module_exit(interface_faults_exit);
