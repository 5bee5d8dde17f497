/*
 * Interface `notifier`: every entry is told of an event, in order of registering. Entries may come
 * and go while a callback sleeps; each has a serial number, and the next one is the first with a
 * higher one, so no entry is told twice and no pointer to an entry is kept between two calls.
 */
#include <kernel/notifier.h>

#include <kernel/boot.h>
#include <kernel/preempt.h>

struct interface notifier_interface = {
    .name = "notifier",
    INTERFACE_OPERATIONS("notify"),
    .required = 1,
    .context = INTERFACE_THREAD,
    INTERFACE_ENTRY(notifier),
};
EXPORT_SYMBOL(notifier_interface);

/* Begins a call of the first entry behind *@after that may be called, and moves *@after to it. */
static int begin_next(struct call *call, uint64_t *after)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&notifier_interface.lock);
	list_for_each(registration, &notifier_interface.registrations, in_interface) {
		if (registration->serial <= *after)
			continue;
		*after = registration->serial;
		error = call_begin_locked(call, registration, OPERATION(notifier, notify));
		if (!error)
			break;
	}
	spin_unlock(&notifier_interface.lock);
	return error;
}

void notifier_call(unsigned event, const void *data)
{
	struct call call;
	uint64_t after = 0;

	if (debug_enabled)
		may_sleep_at(__builtin_return_address(0)); /* names a caller that may not */
	while (begin_next(&call, &after) == 0) {
		call_through(&call, container_of(call.registration, struct notifier, registration),
			     event, data);
		call_end(&call);
	}
}
EXPORT_SYMBOL(notifier_call);
