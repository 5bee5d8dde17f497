#pragma once

#include <stdbool.h>

#include <kernel/place.h>

struct module;

/*
 * Asked before something is booked to @owner with @place: memory, a mapping, a thread. The
 * place lies in data of the code that books, so it tells whether that is the owner's own, the
 * kernel's, or that of a module that the owner depends on. False, and one line in the log with
 * @what: it is not, or @owner is no module. @caller: a return address, for that line. The bus
 * defines it. Context: any but nmi, no lock held.
 */
bool booking_admit(const struct module *owner, const struct place *place, const char *what,
		   const void *caller);
