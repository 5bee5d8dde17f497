#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keys of a PS/2 keyboard, scan code set 1 (what the controller yields when it translates, as PCs
 * do), as the bytes that a terminal sends: US layout, Shift, Caps Lock, Ctrl, Alt (ESC before the
 * byte), keypad with Num Lock; cursor keys as ESC [ A and so on. One decoder a keyboard; the caller
 * serialises. Context: any.
 */
#define SCANCODE_BYTES 8 /* at most as many for one scan code */

struct scancode_decoder {
	bool extended; /* 0xe0 came */
	uint8_t skip;  /* codes of a Pause sequence still to come */
	bool shift_left, shift_right, control_left, control_right, alt;
	bool caps_lock, num_lock;
};

void scancode_init(struct scancode_decoder *decoder);
/* Takes one byte from the controller; returns how many bytes were typed, 0 to SCANCODE_BYTES. */
size_t scancode_decode(struct scancode_decoder *decoder, uint8_t code, char typed[SCANCODE_BYTES]);
