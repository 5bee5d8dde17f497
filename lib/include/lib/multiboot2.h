#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * The boot information of a Multiboot2 loader (Multiboot2 Specification 2.0, section 3.6), read
 * from a byte range. Strings that are returned are NUL-terminated inside it; results point into it.
 * Context: any.
 */
#define MULTIBOOT2_MAGIC 0x36d76289u /* in eax at entry */

enum multiboot2_tag_type {
	MULTIBOOT2_END = 0,
	MULTIBOOT2_CMDLINE = 1,
	MULTIBOOT2_LOADER_NAME = 2,
	MULTIBOOT2_MODULE = 3,
	MULTIBOOT2_MEMORY_MAP = 6,
	MULTIBOOT2_FRAMEBUFFER = 8,
	MULTIBOOT2_ACPI_OLD = 14,
	MULTIBOOT2_ACPI_NEW = 15,
};

struct multiboot2 {
	const uint8_t *bytes;
	size_t size;
};

struct multiboot2_tag {
	uint32_t type;
	const uint8_t *payload; /* behind type and size */
	size_t size;		/* of the payload */
};

struct multiboot2_module {
	uint64_t start, end; /* physical, start <= end */
	const char *cmdline;
};

enum multiboot2_memory_type {
	MULTIBOOT2_MEMORY_AVAILABLE = 1,
	MULTIBOOT2_MEMORY_RESERVED = 2,
	MULTIBOOT2_MEMORY_ACPI = 3, /* may be used once the tables have been read */
	MULTIBOOT2_MEMORY_NVS = 4,
	MULTIBOOT2_MEMORY_BAD = 5,
};

struct multiboot2_memory {
	uint64_t start, length; /* start + length does not wrap */
	uint32_t type;
};

enum multiboot2_framebuffer_type {
	MULTIBOOT2_FRAMEBUFFER_INDEXED = 0,
	MULTIBOOT2_FRAMEBUFFER_RGB = 1,
	MULTIBOOT2_FRAMEBUFFER_TEXT = 2,
};

struct multiboot2_framebuffer {
	uint64_t physical;
	uint32_t pitch, width, height;
	uint8_t bits; /* per pixel; 16 for text */
	uint8_t type;
	/* of RGB only */
	uint8_t red_position, red_size, green_position, green_size, blue_position, blue_size;
};

/* The total size that the information itself states: for one who has only a pointer, this reads its
 * first 8 bytes. */
uint32_t multiboot2_total_size(const void *bytes);
/* -EINVAL unless @size bytes hold a header and all it says is there. */
int multiboot2_open(const void *bytes, size_t size, struct multiboot2 *information) __must_check;
/* The tag at *@position (0: the first), which moves behind it. -ENOENT: end. -EINVAL: malformed. */
int multiboot2_next(const struct multiboot2 *information, size_t *position,
		    struct multiboot2_tag *tag) __must_check;
/* The first tag of @type; -ENOENT. */
int multiboot2_find(const struct multiboot2 *information, uint32_t type,
		    struct multiboot2_tag *tag) __must_check;
/* The kernel's command line; "" when there is none. */
const char *multiboot2_cmdline(const struct multiboot2 *information);
/* The @index-th module; -ENOENT past the last, -EINVAL when it is malformed. */
int multiboot2_module(const struct multiboot2 *information, unsigned index,
		      struct multiboot2_module *module) __must_check;
/* The @index-th entry of the memory map; -ENOENT past the last, -EINVAL when it wraps. */
int multiboot2_memory(const struct multiboot2 *information, unsigned index,
		      struct multiboot2_memory *memory) __must_check;
int multiboot2_framebuffer(const struct multiboot2 *information,
			   struct multiboot2_framebuffer *framebuffer) __must_check;
/* The copy of the RSDP, the new one before the old one; -ENOENT. Its checksum is not checked here.
 */
int multiboot2_rsdp(const struct multiboot2 *information, const void **rsdp,
		    size_t *size) __must_check;
