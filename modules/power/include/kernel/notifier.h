#pragma once

#include <kernel/bus.h>

/*
 * Interface `notifier`: told of rare events, in thread context, may sleep; called in order of
 * registration, each with its owner held. Which events there are stands in docs/interfaces/.
 */
enum notifier_event {
	NOTIFY_SHUTDOWN = 4, /* power off or reboot is about to happen; data NULL */
	NOTIFY_USER = 256,   /* from here modules may agree on their own */
};

struct notifier;

struct notifier_operations {
	void (*notify)(struct notifier *notifier, unsigned event, const void *data);
};

struct notifier {
	const char *name;
	const struct notifier_operations *operations;
	struct registration registration;
};

extern struct interface notifier_interface;
#define notifier_register(entry)                                                                   \
	REGISTRATION_ENTER(register, notifier, &notifier_interface, entry, THIS_MODULE)
#define notifier_reserve(entry)                                                                    \
	REGISTRATION_ENTER(reserve, notifier, &notifier_interface, entry, THIS_MODULE)
#define notifier_unregister(entry) REGISTRATION_LEAVE(notifier, entry)
void notifier_call(unsigned event, const void *data);
