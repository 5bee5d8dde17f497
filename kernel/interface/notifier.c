/*
 * Interface `notifier`: everybody is told of an event, in order of registering. Entries may come
 * and go while a callback sleeps; each has a serial number, and the next one is the first with a
 * higher one, so nobody is told twice and no pointer to an entry is kept between two calls.
 */
#include <kernel/notifier.h>

#include <bus/call.h>

struct interface notifier_interface = {
    .name = "notifier",
    INTERFACE_OPERATIONS("notify"),
    .required = 1,
    .context = INTERFACE_THREAD,
};
EXPORT_SYMBOL(notifier_interface);

void notifier_call(unsigned event, const void *data)
{
	struct call call;

	for (uint64_t after = 0; call_begin_match(&call, &notifier_interface, after, NULL, NULL,
						  OPERATION(notifier, notify)) == 0;) {
		after = call.registration->serial;
		call_through(&call, container_of(call.registration, struct notifier, registration),
			     event, data);
		call_end(&call);
	}
}
EXPORT_SYMBOL(notifier_call);
