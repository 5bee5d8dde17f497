#pragma once

#include <stddef.h>
#include <stdint.h>

enum boot_screen_kind {
	SCREEN_NONE,
	SCREEN_TEXT,   /* 80x25 cells of character and attribute */
	SCREEN_LINEAR, /* direct colour */
};

/* The screen that the loader has set up. */
struct boot_screen {
	enum boot_screen_kind kind;
	uint64_t physical;
	uint32_t width, height; /* characters or pixels */
	uint32_t pitch;		/* bytes a line */
	uint8_t bits;		/* per pixel; 16 for text */
	/* of SCREEN_LINEAR only */
	uint8_t red_position, red_size, green_position, green_size, blue_position, blue_size;
};

/* From the payload of a Multiboot2 framebuffer tag. SCREEN_NONE when it is absent (@size 0),
 * malformed, or of a kind that is neither. Context: any. */
struct boot_screen boot_screen_parse(const void *payload, size_t size);
