/*
 * Interface `last_words`: what a panic runs last, called bare. It is the guide's unsafe interface:
 * it has no unregister, its symbol is marked for the loader, and only force takes an entry out.
 */
#include <kernel/last_words.h>

#include <kernel/booking.h>
#include <kernel/module.h>
#include <kernel/panic.h>

#include "power.h"

static struct last_words *entry; /* [A] the one that a panic calls */
static struct booking speaker = {
    .kind = "speaker", .name = "last words", .end = panic_forget_last_words};

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

int last_words_begin(void)
{
	int error;

	speaker.place = HERE;
	error = booking_add(&speaker, THIS_MODULE);
	if (error)
		return error;
	error = interface_register(&last_words_interface);
	if (error)
		booking_remove(&speaker);
	return error;
}

void last_words_end(void)
{
	interface_unregister(&last_words_interface);
	booking_remove(&speaker);
}
