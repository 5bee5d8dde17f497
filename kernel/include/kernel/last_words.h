#pragma once

#include <kernel/bus.h>

/*
 * Interface `last_words`, an *unsafe* one (rule 2 of docs/guide.md): a panic calls speak() as it
 * is, without looking whether its owner is live, since nothing can be looked up or waited for any
 * more. So whoever uses it has no exit and leaves only by force, and init succeeds once it has
 * registered. There is one entry; a second gets -EEXIST. speak runs in context panic: other CPUs
 * stand still, interrupts are off, locks may be held by whom they stopped.
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

#define last_words_register(last_words) last_words_register_at(last_words, THIS_MODULE, PLACE)
int last_words_register_at(struct last_words *last_words, struct module *owner,
			   const struct place *place);
/* The first half: the place is taken, and nothing is called until registration_activate. */
#define last_words_reserve(last_words) last_words_reserve_at(last_words, THIS_MODULE, PLACE)
int last_words_reserve_at(struct last_words *last_words, struct module *owner,
			  const struct place *place);
