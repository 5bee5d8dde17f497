/*
 * Interface `notifier`: every entry is told of an event, in order of registering. Entries may come
 * and go while a callback sleeps; each has a serial number, and the next one is the first with a
 * higher one, so no entry is told twice and no pointer to an entry is kept between two calls.
 */
#include <kernel/notifier.h>

#include <bus/call.h>

struct interface notifier_interface = {
    .name = "notifier",
    INTERFACE_OPERATIONS("notify"),
    .required = 1,
    .context = INTERFACE_THREAD,
    INTERFACE_ENTRY(notifier),
};
EXPORT_SYMBOL(notifier_interface);

/* Every entry will do. The last one that is asked about is the one that is called. */
static bool note_serial(const struct registration *registration, const void *after)
{
	*(uint64_t *)after = registration->serial;
	return true;
}

void notifier_call(unsigned event, const void *data)
{
	struct call call;
	uint64_t after = 0;

	while (call_begin_match(&call, &notifier_interface, after, note_serial, &after,
				OPERATION(notifier, notify)) == 0) {
		call_through(&call, container_of(call.registration, struct notifier, registration),
			     event, data);
		call_end(&call);
	}
}
EXPORT_SYMBOL(notifier_call);
