/*
 * PC Screen Fonts. Its one rule: psf_parse sees to it that all bitmaps are inside the file, so that
 * psf_glyph has only the table of characters left to mistrust.
 * Source: kbd, data format of psf (psf.h).
 */
#include "psf.h"

#include <string.h>

#include <lib/bytes.h>
#include <lib/errno.h>
#include <lib/format.h>

#define PIXELS_MAX 64
#define PSF1_MAGIC 0x0436
#define PSF1_512_GLYPHS 0x01
#define PSF1_HAS_TABLE 0x02
#define PSF1_HAS_SEQUENCES 0x04
#define PSF1_SEQUENCE 0xfffe
#define PSF1_END 0xffff
#define PSF2_MAGIC 0x864ab572u
#define PSF2_HAS_TABLE 0x01
#define PSF2_SEQUENCE 0xfe
#define PSF2_END 0xff

static int parse_1(const uint8_t *file, struct psf_font *font, size_t *start)
{
	uint8_t mode = file[2];

	*font = (struct psf_font){
	    .version = 1,
	    .width = 8,
	    .height = file[3],
	    .glyphs = mode & PSF1_512_GLYPHS ? 512 : 256,
	    .glyph_size = file[3],
	};
	*start = 4;
	return mode & (PSF1_HAS_TABLE | PSF1_HAS_SEQUENCES) ? 1 : 0;
}

/* Both: 1 when a table of characters follows the bitmaps, 0 when none does, or -EINVAL. */
static int parse_2(const uint8_t *file, size_t size, struct psf_font *font, size_t *start)
{
	if (size < 32)
		return -EINVAL;
	*font = (struct psf_font){
	    .version = 2,
	    .glyphs = load_u32(file + 16),
	    .glyph_size = load_u32(file + 20),
	    .height = load_u32(file + 24),
	    .width = load_u32(file + 28),
	};
	*start = load_u32(file + 8);
	if (*start < 32)
		return -EINVAL;
	return load_u32(file + 12) & PSF2_HAS_TABLE ? 1 : 0;
}

int psf_parse(const void *file, size_t size, struct psf_font *font)
{
	const uint8_t *bytes = file;
	uint64_t bitmaps;
	size_t start;
	int table = -EINVAL;

	if (size >= 4 && load_u32(bytes) == PSF2_MAGIC)
		table = parse_2(bytes, size, font, &start);
	else if (size >= 4 && load_u16(bytes) == PSF1_MAGIC)
		table = parse_1(bytes, font, &start);
	if (table < 0)
		return table;
	if (font->width == 0 || font->width > PIXELS_MAX || font->height == 0 ||
	    font->height > PIXELS_MAX || font->glyphs == 0)
		return -EINVAL;
	if (font->glyph_size != (size_t)font->height * ((font->width + 7) / 8))
		return -EINVAL;
	bitmaps = (uint64_t)font->glyphs * font->glyph_size;
	if (!bytes_in_range(start, bitmaps, size))
		return -EINVAL;
	font->bitmaps = bytes + start;
	if (table) {
		font->unicode = font->bitmaps + bitmaps;
		font->unicode_size = size - start - (size_t)bitmaps;
	}
	return 0;
}

/*
 * Version 1: 16-bit characters, then sequences of several, each begun by 0xfffe, which are passed
 * over; 0xffff ends a glyph's list.
 */
static bool find_1(const struct psf_font *font, uint32_t code_point, unsigned *glyph)
{
	bool in_sequence = false;

	*glyph = 0;
	for (size_t at = 0; bytes_in_range(at, 2, font->unicode_size) && *glyph < font->glyphs;
	     at += 2) {
		uint16_t value = load_u16(font->unicode + at);

		if (value == PSF1_END) {
			++*glyph;
			in_sequence = false;
		} else if (value == PSF1_SEQUENCE) {
			in_sequence = true;
		} else if (!in_sequence && value == code_point) {
			return true;
		}
	}
	return false;
}

/* Version 2: the same in UTF-8, with the bytes 0xfe and 0xff, which no character has. */
static bool find_2(const struct psf_font *font, uint32_t code_point, unsigned *glyph)
{
	const char *text = (const char *)font->unicode;
	bool in_sequence = false;
	size_t at = 0;

	*glyph = 0;
	while (at < font->unicode_size && *glyph < font->glyphs) {
		uint8_t byte = font->unicode[at];
		uint32_t value;
		size_t taken = utf8_decode(text + at, font->unicode_size - at, &value);

		if (byte == PSF2_END) {
			++*glyph;
			in_sequence = false;
		} else if (byte == PSF2_SEQUENCE) {
			in_sequence = true;
		} else if (taken > 0 && !in_sequence && value == code_point) {
			return true;
		}
		at += taken > 0 ? taken : 1;
	}
	return false;
}

const uint8_t *psf_glyph(const struct psf_font *font, uint32_t code_point)
{
	unsigned glyph = code_point;

	if (font->unicode) {
		bool found = font->version == 1 ? find_1(font, code_point, &glyph)
						: find_2(font, code_point, &glyph);
		if (!found)
			return NULL;
	}
	return glyph < font->glyphs ? font->bitmaps + glyph * font->glyph_size : NULL;
}
