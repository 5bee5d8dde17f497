#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * PC Screen Font files, versions 1 and 2 (kbd's psf.h), read from bytes that are not trusted.
 * The font points into the file. Context: any.
 */
struct psf_font {
	unsigned width, height; /* pixels, 1 to 64 each */
	unsigned glyphs;
	size_t glyph_size; /* bytes; each row fills whole bytes, leftmost pixel in bit 7 */
	const uint8_t *bitmaps;
	const uint8_t
	    *unicode; /* which characters each glyph shows; NULL: glyph n is character n */
	size_t unicode_size;
	unsigned version;
};

/* -EINVAL: not PSF, cut short, or larger than the limits above. */
int psf_parse(const void *file, size_t size, struct psf_font *font) __must_check;
/*
 * The bitmap of a character; NULL when the font has none. Cost: a walk of the table; code that
 * draws a lot keeps the answers.
 */
const uint8_t *psf_glyph(const struct psf_font *font, uint32_t code_point);
