#pragma once

#include <stdarg.h>
#include <stddef.h>

#include <lib/compiler.h>

/*
 * Formatted text, in C's terms: conversions d i u x X o c s p %, flags - + space # 0, width and
 * precision as numbers or *, lengths hh h l ll z t j. No floating point and no %n. %p prints 0x and
 * lower-case digits; %pE is a string, escaped as escape_text does it, without width and precision:
 * for text of files, modules and users in lines of the kernel; %pT is the same, of which at most 80
 * bytes are shown, and "..." where there are more. (NULL) stands for a null string. An unknown
 * conversion is copied as it stands. Context: any.
 */

/* Where text goes, piece by piece; embed it to add a destination. */
struct format_sink {
	void (*put)(struct format_sink *sink, const char *text, size_t length);
};

/* All return the length of the whole text, whether or not it fit; at most INT32_MAX. */
int format_to(struct format_sink *sink, const char *format, va_list arguments);
/* Writes at most @size - 1 characters and a NUL, like snprintf. @size 0: nothing is written. */
int format_text(char *buffer, size_t size, const char *format, ...) __printf(3, 4);
int format_text_v(char *buffer, size_t size, const char *format, va_list arguments);

/*
 * Text from a file, a module or a user, made safe for a terminal: control characters become \n, \t
 * or \xNN, and so do bytes from 0x80 unless they are well-formed UTF-8 of U+00A0 and above. So do
 * the characters that turn the direction of a line (Unicode 15, Bidi_Control): with them a line
 * reads as another text than it holds. escape_text: like format_text for the @length bytes at
 * @text; returns the whole length.
 */
size_t escape_text(char *buffer, size_t size, const char *text, size_t length);
/* One step: escapes the front of @text (@length at least 1) into @escaped, sets *@written, and
 * returns how many bytes of @text that was. */
#define ESCAPE_MAX 4
size_t escape_step(const char *text, size_t length, char escaped[ESCAPE_MAX], size_t *written);

/* Decodes the character at @text; returns its bytes, 1 to 4, or 0 when they are not well-formed
 * UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
size_t utf8_decode(const char *text, size_t length, uint32_t *code_point);
