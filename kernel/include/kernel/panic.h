#pragma once

struct booking;

/*
 * What a panic calls at its very end, with other CPUs standing still, interrupts off, and locks
 * held by whatever was stopped; NULL: nothing. A module that gives one books it to itself, with
 * panic_forget_last_words as the end, so that it is forgotten when the module goes in any way.
 * modules/power sets it while interface last_words has an entry. Context: any.
 */
void panic_set_last_words(void (*speak)(void));
void panic_forget_last_words(struct booking *booking);
