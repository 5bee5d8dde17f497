/*
 * Interface `notifier`: everybody is told of an event, in order of registering. Entries may come
 * and go while a callback sleeps; each has a serial number, and the next one is the first with a
 * higher one, so nobody is told twice and no pointer to an entry is kept between two calls.
 */
#include <kernel/notifier.h>

#include "bus_internal.h"

static const char *const operation_names[] = {"notify"};

static struct interface notifier_interface = {
    .name = "notifier",
    .operations = operation_names,
    .operation_count = 1,
    .required = 1,
    .context = INTERFACE_THREAD,
};

REGISTRATION_FUNCTIONS(notifier, true, entry->operations);

void notifier_call(unsigned event, const void *data)
{
	struct call call;
	uint64_t after = 0;

	while (call_begin_match(&call, &notifier_interface, after, NULL, NULL, "notify") == 0) {
		struct notifier *notifier =
		    container_of(call.registration, struct notifier, registration);
		const struct notifier_operations *operations = call.registration->operations;

		after = call.registration->serial;
		call_through(&call, operations->notify, (uint64_t)notifier, event, (uint64_t)data,
			     0, 0);
		call_end(&call);
	}
}
EXPORT_SYMBOL(notifier_call);

void bus_notifier_init(void)
{
	interface_register(&notifier_interface);
}
