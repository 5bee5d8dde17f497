#pragma once

#include <kernel/bus.h>

/* An entry in an interface whose functions are lent: each writes where the entry says. */
struct lent {
	const char *name;
	const void *operations;
	volatile int *at_entering, *at_change, *at_leaving;
	struct registration registration;
};

int lent_entering(struct registration *registration);
void lent_changed(struct registration *registration, bool callable);
void lent_left(struct registration *registration);
