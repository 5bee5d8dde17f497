/*
 * Interface `last_words`: what a panic runs last, called bare. It is the guide's unsafe interface:
 * it has no unregister, its symbol is marked for the loader, and only force takes an entry out.
 */
#include <kernel/last_words.h>

#include <kernel/module.h>
#include <kernel/panic.h>

static struct last_words *entry; /* [A] the one that a panic calls */

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
	panic_set_last_words(entry ? speak : NULL);
}

struct interface last_words_interface = {
    .name = "last_words",
    INTERFACE_OPERATIONS("speak"),
    .required = 1,
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_UNSAFE | INTERFACE_BARE | INTERFACE_SINGLE,
    INTERFACE_ENTRY(last_words),
    .changed = changed,
};
EXPORT_SYMBOL_UNSAFE(last_words_interface);
