/*
 * Interface `last_words`: what a panic runs last, called bare. It is the guide's unsafe interface:
 * it has no unregister, its register symbol is marked for the loader, and only force takes an entry
 * out.
 */
#include <kernel/last_words.h>

#include <kernel/module.h>

#include <log/panic.h>

#include "bus_internal.h"

static const char *const operation_names[] = {"speak"};

static struct last_words *reserved; /* [A] the one entry that there may be */
static struct last_words *entry;    /* [A] what a panic calls: reserved, once it is active */

static void speak(void)
{
	struct last_words *last_words = READ_ONCE(entry);

	if (last_words)
		last_words->operations->speak(last_words); /* bare: unsafe by definition */
}

/* Whether the owner is live makes no difference: that is what is unsafe about it. */
static void changed(struct registration *registration, bool callable)
{
	struct last_words *last_words = container_of(registration, struct last_words, registration);

	if (registration->state == REGISTRATION_ACTIVE)
		WRITE_ONCE(entry, last_words);
	else if (entry == last_words)
		WRITE_ONCE(entry, NULL);
	if (registration->state == REGISTRATION_GONE && reserved == last_words)
		__atomic_store_n(&reserved, NULL, __ATOMIC_RELEASE);
}

static struct interface last_words_interface = {
    .name = "last_words",
    .operations = operation_names,
    .operation_count = 1,
    .required = 1,
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_UNSAFE | INTERFACE_BARE,
    .changed = changed,
};

static int reserve(struct last_words *last_words, struct module *owner, const struct place *place,
		   const void *caller)
{
	struct last_words *none = NULL;
	int error;

	if (!__atomic_compare_exchange_n(&reserved, &none, last_words, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return -EEXIST;
	error =
	    registration_reserve(&last_words->registration, &last_words_interface, last_words->name,
				 last_words->operations, owner, place, caller);
	if (error)
		__atomic_store_n(&reserved, NULL, __ATOMIC_RELEASE);
	return error;
}

int last_words_reserve_at(struct last_words *last_words, struct module *owner,
			  const struct place *place)
{
	return reserve(last_words, owner, place, __builtin_return_address(0));
}
EXPORT_SYMBOL_UNSAFE(last_words_reserve_at);

int last_words_register_at(struct last_words *last_words, struct module *owner,
			   const struct place *place)
{
	struct registration *registration = &last_words->registration;
	int error = reserve(last_words, owner, place, __builtin_return_address(0));

	return error ? error : registration_activate(&registration, 1);
}
EXPORT_SYMBOL_UNSAFE(last_words_register_at);

void bus_last_words_init(void)
{
	interface_register(&last_words_interface);
	panic_set_last_words(speak);
}
