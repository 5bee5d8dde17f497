#pragma once

#include <kernel/bus.h>

/* The interface of span_provider. */
struct spanned_operations {
	int (*run)(void *argument);
};

struct spanned {
	const char *name;
	const struct spanned_operations *operations;
	struct registration registration;
};

extern struct interface spanned_interface;
#define spanned_register(entry)                                                                    \
	REGISTRATION_ENTER(register, spanned, &spanned_interface, entry, THIS_MODULE)
#define spanned_unregister(entry) REGISTRATION_LEAVE(spanned, entry)
