#pragma once

/* A thread of stale_reader's reads @word without pause from here on; returns once it has. The
 * words are pages' whose addresses go while it reads. Context: thread. 0 or -ENOMEM. */
int stale_read_begin(const volatile int *word);
