#pragma once

#include <stdbool.h>

#include <kernel/source_location.h>

struct module;
struct owner;

/*
 * Asked before something is booked to @owner with @place: memory, a thread, a timer, an entry. The
 * place and its text lie in data of the code that books, so they tell whether that is the owner's
 * own, the kernel's, or that of a module that the owner depends on, and can be read as long as the
 * owner is there. False, and one line in the log with @what: they do not, or @owner is no module.
 * @caller: a return address, for that line. The bus defines it. Context: any but nmi, no lock held.
 */
bool booking_admit(const struct module *owner, const struct source_location *place,
		   const char *what, const void *caller);

/* The bus defines these too. Is the code that will be returned to at @caller the kernel's,
 * @owner's, or that of a module that @owner depends on? Context: any. */
bool owner_lets(const struct owner *owner, const void *caller);
/* NULL, or why @callback is none that @owner may give, for "WHAT is ...". Any context but nmi. */
const char *callback_fault(const struct owner *owner, const void *callback);
