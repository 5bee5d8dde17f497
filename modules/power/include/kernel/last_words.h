#pragma once

#include <kernel/bus.h>

/*
 * Interface `last_words`, an *unsafe* one (rule 2 of docs/guide.md): a panic calls speak() as it
 * is, without looking whether its owner is live, since nothing can be looked up or waited for any
 * more. So a module that uses it has no exit and leaves only by force, and init succeeds once it
 * has registered. There is one entry; a second gets -EEXIST. speak runs in context panic: other
 * CPUs stand still, interrupts are off, locks may be held by what they stopped.
 */
struct last_words;

struct last_words_operations {
	void (*speak)(struct last_words *last_words);
};

struct last_words {
	const char *name;
	const struct last_words_operations *operations;
	struct registration registration;
};

extern struct interface last_words_interface;
#define last_words_register(entry)                                                                 \
	REGISTRATION_ENTER(register, last_words, &last_words_interface, entry, THIS_MODULE)
