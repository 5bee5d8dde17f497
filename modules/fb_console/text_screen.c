/*
 * The VGA's text mode: 80x25 cells in memory, and a cursor made by the CRT controller.
 * Source: IBM VGA technical reference, CRTC registers 0x0a, 0x0e and 0x0f.
 */
#include <lib/errno.h>

#include <kernel/io.h>
#include <kernel/module.h>

#include "screen.h"

#define CRTC_INDEX 0x3d4
#define CRTC_DATA 0x3d5
#define CRTC_CURSOR_START 0x0a
#define CRTC_CURSOR_HIGH 0x0e
#define CRTC_CURSOR_LOW 0x0f

static volatile uint16_t *cells;
static unsigned cells_per_row;

static void crtc_write(uint8_t index, uint8_t value)
{
	io_out8(CRTC_INDEX, index);
	io_out8(CRTC_DATA, value);
}

static void draw(unsigned column, unsigned row, uint16_t cell, bool cursor)
{
	unsigned position = row * cells_per_row + column;

	cells[position] = cell;
	if (cursor) {
		crtc_write(CRTC_CURSOR_HIGH, (uint8_t)(position >> 8));
		crtc_write(CRTC_CURSOR_LOW, (uint8_t)position);
	}
}

int text_screen_open(const struct boot_screen *boot, struct screen *screen)
{
	cells_per_row = boot->pitch / sizeof(uint16_t);
	cells = io_map(boot->physical, (size_t)boot->pitch * boot->height, IO_UNCACHED);
	if (!cells)
		return -ENOMEM;
	crtc_write(CRTC_CURSOR_START, 13); /* visible, scan lines 13 to 15 */
	*screen = (struct screen){.columns = boot->width, .rows = boot->height, .draw = draw};
	return 0;
}

void text_screen_close(void)
{
	io_unmap((void *)(uintptr_t)cells);
}
