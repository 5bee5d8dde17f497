/*
 * What the boot loader says of the screen that it has set up. Source: Multiboot2, section 3.6.12,
 * "Framebuffer info".
 */
#include "boot_screen.h"

#include <lib/bytes.h>

#define TYPE_RGB 1
#define TYPE_TEXT 2

struct boot_screen boot_screen_parse(const void *payload, size_t size)
{
	const uint8_t *at = payload;
	struct boot_screen screen = {.kind = SCREEN_NONE};

	if (size < 22)
		return screen;
	if (at[21] == TYPE_TEXT)
		screen.kind = SCREEN_TEXT;
	if (at[21] == TYPE_RGB && size >= 30) { /* two reserved bytes, six of the colours */
		screen.kind = SCREEN_LINEAR;
		screen.red_position = at[24];
		screen.red_size = at[25];
		screen.green_position = at[26];
		screen.green_size = at[27];
		screen.blue_position = at[28];
		screen.blue_size = at[29];
	}
	screen.physical = load_u64(at);
	screen.pitch = load_u32(at + 8);
	screen.width = load_u32(at + 12);
	screen.height = load_u32(at + 16);
	screen.bits = at[20];
	return screen;
}
