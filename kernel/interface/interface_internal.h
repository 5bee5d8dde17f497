#pragma once

/* last_words.c: calls the entry that a panic calls last, if there is one. Context: panic. */
void last_words_speak(void);
