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

static struct last_words *entry; /* [A] what a panic calls */

static void speak(void)
{
	struct last_words *last_words = READ_ONCE(entry);

	if (last_words)
		last_words->operations->speak(last_words); /* bare: unsafe by definition */
}

static int remove_by_force(struct registration *registration)
{
	WRITE_ONCE(entry, NULL);
	return registration_remove(registration);
}

static struct interface last_words_interface = {
    .name = "last_words",
    .operations = operation_names,
    .operation_count = 1,
    .required = 1,
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_UNSAFE | INTERFACE_BARE,
    .remove = remove_by_force,
};

int last_words_register_at(struct last_words *last_words, struct module *owner,
			   const struct place *place)
{
	struct registration *registration = &last_words->registration;
	struct last_words *none = NULL;
	int error;

	if (READ_ONCE(entry))
		return -EEXIST;
	error = registration_register(registration, &last_words_interface, last_words->name,
				      last_words->operations, owner, place,
				      __builtin_return_address(0));
	if (error)
		return error;
	if (__atomic_compare_exchange_n(&entry, &none, last_words, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		return 0;
	registration_remove(registration);
	return -EEXIST;
}
EXPORT_SYMBOL_UNSAFE(last_words_register_at);

void bus_last_words_init(void)
{
	interface_register(&last_words_interface);
	panic_set_last_words(speak);
}
