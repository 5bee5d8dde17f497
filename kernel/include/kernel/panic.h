#pragma once

/*
 * What a panic calls at its very end, with other CPUs standing still, interrupts off, and locks
 * held by whatever was stopped. @speak: in the text of a module that takes it back (NULL) before it
 * goes; modules/power sets it while interface last_words has an entry. Context: any.
 */
void panic_set_last_words(void (*speak)(void));
