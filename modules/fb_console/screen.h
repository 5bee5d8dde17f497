#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "boot_screen.h"

/*
 * A way of showing cells on a device. Called by the painter thread only. A cell is a character in
 * the low byte and a VGA attribute (background, foreground) in the high one.
 */
struct screen {
	unsigned columns, rows;
	void (*draw)(unsigned column, unsigned row, uint16_t cell, bool cursor);
};

/* Prepares the device that the boot loader left; 0, -ENODEV (none, or one it cannot draw on),
 * -ENOMEM. The mapping is given back by the _close of the same kind. */
int text_screen_open(const struct boot_screen *boot, struct screen *screen);
void text_screen_close(void);
int linear_screen_open(const struct boot_screen *boot, struct screen *screen);
void linear_screen_close(void);
