#pragma once

#include <kernel/bus.h>

/* An interface to be measured, and a mark to measure from. */
struct rules_entry;

struct rules_entry_operations {
	int (*operate)(struct rules_entry *entry);
};

struct rules_entry {
	const char *name;
	const struct rules_entry_operations *operations;
	struct registration registration;
};

extern struct interface rules_entry_interface;
#define rules_entry_register(entry)                                                                \
	REGISTRATION_ENTER(register, rules_entry, &rules_entry_interface, entry, THIS_MODULE)
#define rules_entry_unregister(entry) REGISTRATION_LEAVE(rules_entry, entry)

void rules_bench_mark(void);
