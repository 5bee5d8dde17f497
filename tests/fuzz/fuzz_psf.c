/* Fonts: every glyph that is handed out lies in the file. */
#include "fuzz.h"

#include <psf.h>

static void look_up(const struct psf_font *font, uint32_t code_point, const uint8_t *data,
		    size_t size)
{
	const uint8_t *glyph = psf_glyph(font, code_point);

	if (!glyph)
		return;
	FUZZ_CHECK(fuzz_inside(glyph, font->glyph_size, data, size));
	fuzz_touch(glyph, font->glyph_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t code_points[] = {'A',    0xff,   0x100,	 0x1ff,	    0x2588,
					       0xfffe, 0xffff, 0x10ffff, UINT32_MAX};
	struct psf_font font;

	if (psf_parse(data, size, &font) != 0)
		return 0;
	FUZZ_CHECK(font.width >= 1 && font.width <= 64 && font.height >= 1 && font.height <= 64);
	FUZZ_CHECK(fuzz_inside(font.bitmaps, font.glyphs * font.glyph_size, data, size));
	for (size_t i = 0; i < sizeof(code_points) / sizeof(code_points[0]); i++)
		look_up(&font, code_points[i], data, size);
	look_up(&font, font.glyphs - 1, data, size);
	look_up(&font, font.glyphs, data, size);
	return 0;
}
