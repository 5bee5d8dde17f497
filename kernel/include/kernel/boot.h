#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the boot loader and the firmware said; constant after boot. Context: any. */

/* Is @word one of the words of the kernel's command line? */
bool boot_word(const char *word);
extern bool debug_enabled;     /* the word `debug`: expensive checks */
extern bool addresses_enabled; /* the word `addresses`: output may show addresses */

/* A file that GRUB loaded: the boot set by module name, and `archive`. NULL when absent. */
const void *boot_file(const char *name, size_t *size);
/* The @index-th one's name, in load order; NULL past the last. */
const char *boot_file_name(unsigned index);

enum boot_screen_kind {
	SCREEN_NONE,
	SCREEN_TEXT,   /* 80x25 cells of character and attribute */
	SCREEN_LINEAR, /* direct colour */
};
struct boot_screen {
	enum boot_screen_kind kind;
	uint64_t physical;
	uint32_t width, height; /* characters or pixels */
	uint32_t pitch;		/* bytes a line */
	uint8_t bits;		/* per pixel */
	uint8_t red_position, red_size, green_position, green_size, blue_position, blue_size;
};
const struct boot_screen *boot_screen(void);

/* The firmware's table with this signature ("FACP"), mapped; NULL when absent. */
const void *acpi_table(const char *signature, size_t *size);
