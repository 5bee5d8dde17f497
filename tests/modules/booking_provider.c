/* Books an object to its caller whose end faults, or which is booked as it may not be. */
#include <kernel/booking.h>
#include <kernel/command.h>
#include <kernel/module.h>

#include "booking_provider.h"

MODULE_LICENSE("MIT");

static struct booking wrong, right;
static int data;
static volatile uintptr_t nowhere = 8;

static void end(struct booking *booking)
{
	*(volatile int *)nowhere = 1;
}

int book_faulty(struct module *owner)
{
	right = (struct booking){.place = HERE, .kind = "thing", .name = "right", .end = end};
	return booking_add(&right, owner);
}
EXPORT_SYMBOL(book_faulty);

static int expect(struct command_call *call, const char *what, int error, int wanted)
{
	return error == wanted ? 0 : command_fail(call, what, -EINVAL, "answers %d", error);
}

static int misuse(struct command_call *call)
{
	int error;

	wrong = (struct booking){.place = HERE, .kind = "thing", .name = "wrong"};
	wrong.end = (void (*)(struct booking *))(uint64_t)&data;
	error = expect(call, "end in data", booking_add(&wrong, THIS_MODULE), -EINVAL);
	wrong.end = end;
	if (!error)
		error =
		    expect(call, "no owner", booking_add(&wrong, (struct module *)&data), -EINVAL);
	if (!error)
		error = expect(call, "once", booking_add(&wrong, THIS_MODULE), 0);
	if (!error)
		error = expect(call, "twice", booking_add(&wrong, THIS_MODULE), -EINVAL);
	booking_remove(&wrong);
	booking_remove(&wrong);
	if (!error)
		error = expect(call, "again", booking_add(&wrong, THIS_MODULE), 0);
	return error; /* and is left behind */
}

static const struct command_operations operations = {.run = misuse};
static struct command command = {.name = "booking_misuse", .operations = &operations};

static int __init provider_init(void)
{
	return command_register(&command);
}

static void provider_exit(void)
{
	command_unregister(&command);
}

module_init(provider_init);
module_exit(provider_exit);
