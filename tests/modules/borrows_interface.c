/*
 * An interface with the functions of lends_interface, and an entry that makes one of them fault,
 * named by the parameter where: entering, changed or left. `borrows_interface` registers the entry
 * and unregisters it.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

#include "lends_interface.h"

MODULE_LICENSE("MIT");

static char *where = "left";
module_param(where, charp, 0);

static volatile uintptr_t nowhere = 8;
static int somewhere;

struct lent_operations {
	int (*go)(void);
};

static int go(void)
{
	return 0;
}

static const struct lent_operations lent_operations = {.go = go};
static struct lent entry = {.name = "entry", .operations = &lent_operations};
static struct interface borrowing_interface = {
    .name = "borrowing",
    INTERFACE_OPERATIONS("go"),
    .context = INTERFACE_THREAD,
    .entering = lent_entering,
    .changed = lent_changed,
    .left = lent_left,
};

static volatile int *place(const char *here)
{
	return strcmp(where, here) == 0 ? (volatile int *)nowhere : &somewhere;
}

static int run(struct command_call *call)
{
	int error;

	entry.at_entering = place("entering");
	entry.at_change = place("changed");
	entry.at_leaving = place("left");
	error = REGISTRATION_ENTER(register, lent, &borrowing_interface, &entry, THIS_MODULE);
	return error ? error : REGISTRATION_LEAVE(lent, &entry);
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "borrows_interface", .operations = &operations};

static int __init borrows_interface_init(void)
{
	int error = interface_register(&borrowing_interface);

	return error ? error : command_register(&command);
}

static void borrows_interface_exit(void)
{
	command_unregister(&command);
	interface_unregister(&borrowing_interface);
}

module_init(borrows_interface_init);
module_exit(borrows_interface_exit);
