/*
 * Rule 1 of docs/guide.md, written out: `called_by_hand` gets the owner of a function, waits, calls
 * the function through its pointer with no record, and puts the owner.
 */
#include "called_by_hand.h"

#include <kernel/command.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static DEFINE_SPINLOCK(function_lock);
static int (*volatile function)(void); /* [L] */
static struct module *owner;	       /* [L] */

void called_by_hand_set(int (*given)(void), struct module *whose)
{
	spin_lock(&function_lock);
	function = given;
	owner = whose;
	spin_unlock(&function_lock);
}
EXPORT_SYMBOL(called_by_hand_set);

static int hand_run(struct command_call *call)
{
	struct module *held;
	bool got;

	spin_lock(&function_lock);
	held = owner;
	got = function && try_module_get(held);
	spin_unlock(&function_lock);
	if (!got)
		return command_fail(call, "function", -ENOENT, "none is there");
	command_print(call, "held by hand\n");
	time_sleep(TIME_SECOND);
	command_print(call, "it says %d\n", function()); /* bare: held by hand */
	module_put(held);
	return 0;
}

static const struct command_operations operations = {.run = hand_run};
static struct command command = {.name = "called_by_hand", .operations = &operations};

static int __init hand_init(void)
{
	return command_register(&command);
}

static void hand_exit(void)
{
	command_unregister(&command);
}

module_init(hand_init);
module_exit(hand_exit);
