#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * The boot information of a Multiboot2 loader (Multiboot2 Specification 2.0, section 3.6), read
 * from a byte range in one walk over its tags; for each kind of tag one function takes it apart.
 * Strings that are returned are NUL-terminated inside it; results point into it. Context: any.
 */
enum multiboot2_tag_type {
	MULTIBOOT2_END = 0,
	MULTIBOOT2_CMDLINE = 1,
	MULTIBOOT2_MODULE = 3,
	MULTIBOOT2_MEMORY_MAP = 6,
	MULTIBOOT2_FRAMEBUFFER = 8,
	MULTIBOOT2_ACPI_OLD = 14, /* the payload is a copy of the RSDP */
	MULTIBOOT2_ACPI_NEW = 15, /* likewise, of revision 2 */
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

#define MULTIBOOT2_MEMORY_MALFORMED 0u /* of no type that a loader gives */
#define MULTIBOOT2_MEMORY_AVAILABLE 1u

struct multiboot2_memory {
	uint64_t start, length; /* start + length does not wrap */
	uint32_t type;
};

/* -EINVAL unless @size bytes hold a header and all it says is there; SIZE_MAX: only the information
 * itself knows how large it is. */
int multiboot2_open(const void *bytes, size_t size, struct multiboot2 *information) __must_check;
/* The tag at *@position (0: the first), which moves behind it. -ENOENT: end. -EINVAL: malformed. */
int multiboot2_next(const struct multiboot2 *information, size_t *position,
		    struct multiboot2_tag *tag) __must_check;
/* The string at @offset of the payload; NULL when no NUL ends it there. */
const char *multiboot2_text(const struct multiboot2_tag *tag, size_t offset);
/* -EINVAL when it is malformed. */
int multiboot2_module(const struct multiboot2_tag *tag,
		      struct multiboot2_module *module) __must_check;
/* The @index-th entry of the memory map; -ENOENT past the last. One that wraps is
 * MALFORMED. */
int multiboot2_memory(const struct multiboot2_tag *tag, unsigned index,
		      struct multiboot2_memory *memory) __must_check;
