/*
 * A linear framebuffer of 32 or 24 bits a pixel: cells are drawn with a PSF font that the build
 * puts beside this file, in the sixteen colours of the VGA.
 */
#include <lib/errno.h>
#include "psf.h"

#include <kernel/io.h>
#include <kernel/module.h>

#include "screen.h"

extern const uint8_t console_font_start[], console_font_end[];

static struct psf_font font;
static const struct boot_screen *mode;
static volatile uint8_t *pixels;
static uint32_t palette[16];	   /* in the framebuffer's own layout */
static const uint8_t *glyphs[256]; /* of each character; NULL: blank */

static const uint32_t vga_colours[16] = {
    0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
    0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
};

static uint32_t channel(uint32_t rgb, unsigned shift, unsigned position, unsigned size)
{
	uint32_t value = rgb >> shift & 0xff;

	return value >> (8 - min(size, 8u)) << position;
}

static void make_palette(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(vga_colours); i++)
		palette[i] = channel(vga_colours[i], 16, mode->red_position, mode->red_size) |
			     channel(vga_colours[i], 8, mode->green_position, mode->green_size) |
			     channel(vga_colours[i], 0, mode->blue_position, mode->blue_size);
}

static void put_pixel(volatile uint8_t *at, uint32_t colour)
{
	if (mode->bits == 32) {
		*(volatile uint32_t *)at = colour;
		return;
	}
	at[0] = (uint8_t)colour;
	at[1] = (uint8_t)(colour >> 8);
	at[2] = (uint8_t)(colour >> 16);
}

static void draw(unsigned column, unsigned row, uint16_t cell, bool cursor)
{
	unsigned attribute = cell >> 8;
	uint32_t ink = palette[attribute & 15], paper = palette[attribute >> 4 & 15];
	const uint8_t *glyph = glyphs[cell & 0xff];
	unsigned bytes = (font.width + 7) / 8, pixel_bytes = mode->bits / 8;

	for (unsigned y = 0; y < font.height; y++) {
		volatile uint8_t *at = pixels + (size_t)(row * font.height + y) * mode->pitch +
				       (size_t)column * font.width * pixel_bytes;
		bool underline = cursor && y + 2 >= font.height;

		for (unsigned x = 0; x < font.width; x++, at += pixel_bytes) {
			bool set = glyph && (glyph[y * bytes + x / 8] & 0x80 >> x % 8);

			put_pixel(at, set || underline ? ink : paper);
		}
	}
}

int linear_screen_open(const struct boot_screen *boot, struct screen *screen)
{
	int error =
	    psf_parse(console_font_start, (size_t)(console_font_end - console_font_start), &font);

	if (error)
		return error;
	if ((boot->bits != 32 && boot->bits != 24) || boot->width < font.width ||
	    boot->height < font.height || boot->pitch / (boot->bits / 8) < boot->width) {
		printk(KERN_WARNING "fb_console: cannot draw on %ux%u with %u bits a pixel\n",
		       boot->width, boot->height, boot->bits);
		return -ENODEV;
	}
	mode = boot;
	pixels = io_map(boot->physical, (size_t)boot->pitch * boot->height, IO_WRITE_COMBINING);
	if (!pixels)
		return -ENOMEM;
	make_palette();
	for (unsigned i = 0; i < ARRAY_SIZE(glyphs); i++)
		glyphs[i] = psf_glyph(&font, i);
	*screen = (struct screen){
	    .columns = boot->width / font.width,
	    .rows = boot->height / font.height,
	    .draw = draw,
	};
	return 0;
}

void linear_screen_close(void)
{
	io_unmap((void *)(uintptr_t)pixels);
}
