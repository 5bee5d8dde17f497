/* Fonts of both versions, built here. */
#include "test.h"

#include <lib/errno.h>
#include <psf.h>

static uint8_t file[8192];

static void set32(size_t at, uint32_t value)
{
	memcpy(file + at, &value, 4);
}

static void build_2(uint32_t header, uint32_t flags, uint32_t glyphs, uint32_t width,
		    uint32_t height)
{
	memset(file, 0, sizeof(file));
	set32(0, 0x864ab572);
	set32(8, header);
	set32(12, flags);
	set32(16, glyphs);
	set32(20, height * ((width + 7) / 8));
	set32(24, height);
	set32(28, width);
}

TEST(psf2_without_table)
{
	struct psf_font font;

	build_2(32, 0, 3, 9, 2);
	CHECK_EQ(psf_parse(test_copy(file, 44), 44, &font), 0);
	CHECK(font.width == 9 && font.height == 2 && font.glyphs == 3 && font.glyph_size == 4);
	CHECK(psf_glyph(&font, 2) == font.bitmaps + 8);
	CHECK(psf_glyph(&font, 3) == NULL);
	CHECK(psf_glyph(&font, UINT32_MAX) == NULL);
	CHECK_EQ(psf_parse(test_copy(file, 43), 43, &font), -EINVAL);
	for (size_t size = 0; size < 32; size++)
		CHECK_EQ(psf_parse(test_copy(file, size), size, &font), -EINVAL);
}

TEST(psf2_header_bounds)
{
	static const struct {
		uint32_t header, glyphs, width, height;
		int error;
	} cases[] = {
	    {32, 1, 1, 1, 0},	       {31, 1, 1, 1, -EINVAL},	 {33, 1, 8, 1, 0},
	    {32, 0, 8, 8, -EINVAL},    {32, 1, 0, 8, -EINVAL},	 {32, 1, 8, 0, -EINVAL},
	    {32, 1, 64, 64, 0},	       {32, 1, 65, 8, -EINVAL},	 {32, 1, 8, 65, -EINVAL},
	    {~0u, 1, 8, 8, -EINVAL},   {32, ~0u, 8, 8, -EINVAL}, {32, 8160, 8, 1, 0},
	    {32, 8161, 8, 1, -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct psf_font font;

		build_2(cases[i].header, 0, cases[i].glyphs, cases[i].width, cases[i].height);
		CHECK_EQ(psf_parse(file, sizeof(file), &font), cases[i].error);
	}
	build_2(32, 0, 1, 8, 8);
	set32(20, 9); /* bytes of a glyph that are not its rows */
	CHECK_EQ(psf_parse(file, sizeof(file), &(struct psf_font){0}), -EINVAL);
}

TEST(psf2_table)
{
	/* glyph 0: A and the sequence B+C; glyph 1: U+00F6, and broken bytes; glyph 2: B */
	static const char unicode[] = "A\xfe"
				      "BC\xff\x80\xc3\xb6\xff"
				      "B\xff";
	size_t size = 32 + 3 + sizeof(unicode) - 1;
	struct psf_font font;

	build_2(32, 1, 3, 8, 1);
	memcpy(file + 35, unicode, sizeof(unicode) - 1);
	CHECK_EQ(psf_parse(test_copy(file, size), size, &font), 0);
	CHECK(psf_glyph(&font, 'A') == font.bitmaps);
	CHECK(psf_glyph(&font, 0xf6) == font.bitmaps + 1);
	CHECK(psf_glyph(&font, 'B') == font.bitmaps + 2);
	CHECK(psf_glyph(&font, 'C') == NULL);
	CHECK(psf_glyph(&font, 0) == NULL);
	memcpy(file + size, "D\xff", 2); /* a fourth glyph's characters, but there are three */
	CHECK_EQ(psf_parse(test_copy(file, size + 2), size + 2, &font), 0);
	CHECK(psf_glyph(&font, 'D') == NULL);
	CHECK_EQ(psf_parse(test_copy(file, 35), 35, &font), 0); /* an empty table */
	CHECK(psf_glyph(&font, 'A') == NULL);
}

TEST(psf1_modes)
{
	static const uint16_t unicode[] = {'A', 0xfffe, 'B', 'C', 0xffff, 'B', 0xffff};
	struct psf_font font;

	memset(file, 0, sizeof(file));
	file[0] = 0x36;
	file[1] = 0x04;
	file[3] = 4;
	CHECK_EQ(psf_parse(test_copy(file, 4 + 1024), 4 + 1024, &font), 0);
	CHECK(font.glyphs == 256 && font.width == 8 && font.height == 4);
	CHECK(psf_glyph(&font, 255) == font.bitmaps + 1020);
	CHECK(psf_glyph(&font, 256) == NULL);
	CHECK_EQ(psf_parse(test_copy(file, 4 + 1023), 4 + 1023, &font), -EINVAL);
	file[2] = 1;
	CHECK_EQ(psf_parse(test_copy(file, 4 + 2047), 4 + 2047, &font), -EINVAL);
	CHECK_EQ(psf_parse(test_copy(file, 4 + 2048), 4 + 2048, &font), 0);
	CHECK_EQ(font.glyphs, 512);
	file[2] = 2;
	memcpy(file + 4 + 1024, unicode, sizeof(unicode));
	CHECK_EQ(psf_parse(file, 4 + 1024 + sizeof(unicode), &font), 0);
	CHECK(psf_glyph(&font, 'A') == font.bitmaps);
	CHECK(psf_glyph(&font, 'B') == font.bitmaps + 4);
	CHECK(psf_glyph(&font, 'C') == NULL);
	CHECK(psf_glyph(&font, 0xfffe) == NULL);
	CHECK_EQ(psf_parse(test_copy(file, 4 + 1024 + 1), 4 + 1024 + 1, &font), 0);
	CHECK(psf_glyph(&font, 'A') == NULL);
	file[3] = 0;
	CHECK_EQ(psf_parse(file, sizeof(file), &font), -EINVAL);
}
