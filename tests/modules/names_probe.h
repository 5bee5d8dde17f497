#pragma once

#include <kernel/bus.h>

/* An interface whose entries are found by name. */
struct probed_operations {
	int (*answer)(void);
};

struct probed {
	const char *name;
	const struct probed_operations *operations;
	struct registration registration;
};

extern struct interface probed_interface; /* names_probe's */
#define probed_register(entry)                                                                     \
	REGISTRATION_ENTER(register, probed, &probed_interface, entry, THIS_MODULE)
#define probed_unregister(entry) REGISTRATION_LEAVE(probed, entry)
