#pragma once

#include <stdint.h>

/*
 * Walks the chain of frame pointers from @rbp, whose own code is at @rip (0: leave it out), and
 * gives
 * @line one line of text a caller. Survives a broken chain. Context: any, panic included.
 */
void backtrace_walk(uint64_t rip, uint64_t rbp, void (*line)(const char *text));

/* Tells panic how to print one. */
void backtrace_init(void);
