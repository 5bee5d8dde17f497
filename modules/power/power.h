#pragma once

/* last_words.c: registers the interface, and takes it back. */
int last_words_begin(void);
void last_words_end(void);
