#pragma once

#include <kernel/bus.h>

/* An interface to be measured, and a mark to measure from. */
struct rules_entry;

struct rules_entry_operations {
	int (*operate)(struct rules_entry *entry);
};

struct rules_entry {
	const struct rules_entry_operations *operations;
	struct registration registration;
};

#define rules_entry_register(entry) rules_entry_register_at(entry, THIS_MODULE, PLACE)
int rules_entry_register_at(struct rules_entry *entry, struct module *owner,
			    const struct place *place);
int rules_entry_unregister(struct rules_entry *entry);

void rules_bench_mark(void);
