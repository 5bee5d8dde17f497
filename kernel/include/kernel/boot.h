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

/* What the loader says of the screen: the payload of its Multiboot2 tag; *@size 0: nothing. */
const void *boot_screen(size_t *size);

/* The firmware's table with this signature ("FACP"), mapped; NULL when absent. */
const void *acpi_table(const char *signature, size_t *size);
