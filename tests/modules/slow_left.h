#pragma once

#include <kernel/bus.h>

/* The interface of slow_left. */
struct slowly_operations {
	int (*go)(void *argument);
};

struct slowly {
	const char *name;
	const struct slowly_operations *operations;
	struct registration registration;
};

extern struct interface slow_interface;
#define slowly_register(entry)                                                                     \
	REGISTRATION_ENTER(register, slowly, &slow_interface, entry, THIS_MODULE)
#define slowly_unregister(entry) REGISTRATION_LEAVE(slowly, entry)
