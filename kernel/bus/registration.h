#pragma once

#include <stdbool.h>

#include <kernel/bus.h>

/* What an interface's own file asks of its entries, beside <kernel/bus.h>. */

/* Is it callable: active, and its owner live? Any context. */
bool registration_callable(const struct registration *registration);
/* The @index-th that is callable, with the interface's lock held; NULL past the last. */
struct registration *registration_nth_locked(struct interface *interface, unsigned index);
