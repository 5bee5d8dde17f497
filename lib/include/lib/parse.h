#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * A whole text as one integer: an optional + (or -, where @min is negative; *@value is then the
 * two's complement), then decimal, 0x hexadecimal, or octal digits after a leading 0, as in C; no
 * blanks, nothing behind it. -EINVAL: not a number. -ERANGE: below @min or above @max, or beyond 64
 * bits. *@value is set only on success. Context: any.
 */
int parse_integer(const char *text, size_t length, int64_t min, uint64_t max,
		  uint64_t *value) __must_check;
/* 1 y Y true on, or 0 n N false off; else -EINVAL. */
int parse_bool(const char *text, size_t length, bool *value) __must_check;

/* Is @word one of the words of the kernel's command line, which blanks separate? */
bool cmdline_has(const char *cmdline, const char *word);
