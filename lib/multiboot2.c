/*
 * The Multiboot2 boot information: a header of 8 bytes, then tags of type, size and payload, each
 * at a multiple of 8. Its one rule: the tag iterator alone decides bounds of tags, and each getter
 * those of its fields, so that a size that lies ends in an error.
 */
#include <lib/multiboot2.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/errno.h>

#define HEADER_SIZE 8
#define TAG_HEADER_SIZE 8

uint32_t multiboot2_total_size(const void *bytes)
{
	return load_u32(bytes);
}

int multiboot2_open(const void *bytes, size_t size, struct multiboot2 *information)
{
	uint32_t total;

	if (size < HEADER_SIZE)
		return -EINVAL;
	total = load_u32(bytes);
	if (total < HEADER_SIZE || total > size)
		return -EINVAL;
	*information = (struct multiboot2){bytes, total};
	return 0;
}

int multiboot2_next(const struct multiboot2 *information, size_t *position,
		    struct multiboot2_tag *tag)
{
	size_t at = *position == 0 ? HEADER_SIZE : *position;
	uint32_t size;

	if (!bytes_in_range(at, TAG_HEADER_SIZE, information->size))
		return -EINVAL;
	size = load_u32(information->bytes + at + 4);
	if (size < TAG_HEADER_SIZE || !bytes_in_range(at, size, information->size))
		return -EINVAL;
	tag->type = load_u32(information->bytes + at);
	tag->payload = information->bytes + at + TAG_HEADER_SIZE;
	tag->size = size - TAG_HEADER_SIZE;
	if (tag->type == MULTIBOOT2_END)
		return -ENOENT;
	*position = align_up(at + size, (size_t)8);
	return 0;
}

/* The @index-th tag of @type. */
static int find_nth(const struct multiboot2 *information, uint32_t type, unsigned index,
		    struct multiboot2_tag *tag)
{
	size_t position = 0;

	while (multiboot2_next(information, &position, tag) == 0) {
		if (tag->type == type && index-- == 0)
			return 0;
	}
	return -ENOENT;
}

int multiboot2_find(const struct multiboot2 *information, uint32_t type, struct multiboot2_tag *tag)
{
	return find_nth(information, type, 0, tag);
}

/* The string at @offset of the payload; NULL when no NUL ends it there. */
static const char *tag_text(const struct multiboot2_tag *tag, size_t offset)
{
	const char *text = (const char *)tag->payload + offset;

	if (offset > tag->size || strnlen(text, tag->size - offset) == tag->size - offset)
		return NULL;
	return text;
}

const char *multiboot2_cmdline(const struct multiboot2 *information)
{
	struct multiboot2_tag tag;
	const char *text = NULL;

	if (multiboot2_find(information, MULTIBOOT2_CMDLINE, &tag) == 0)
		text = tag_text(&tag, 0);
	return text ? text : "";
}

int multiboot2_module(const struct multiboot2 *information, unsigned index,
		      struct multiboot2_module *module)
{
	struct multiboot2_tag tag;
	int error = find_nth(information, MULTIBOOT2_MODULE, index, &tag);

	if (error)
		return error;
	if (tag.size < 8)
		return -EINVAL;
	module->start = load_u32(tag.payload);
	module->end = load_u32(tag.payload + 4);
	module->cmdline = tag_text(&tag, 8);
	return module->cmdline && module->start <= module->end ? 0 : -EINVAL;
}

int multiboot2_memory(const struct multiboot2 *information, unsigned index,
		      struct multiboot2_memory *memory)
{
	struct multiboot2_tag tag;
	uint32_t entry_size;
	const uint8_t *entry;
	uint64_t end;
	int error = multiboot2_find(information, MULTIBOOT2_MEMORY_MAP, &tag);

	if (error)
		return error;
	if (tag.size < 8)
		return -EINVAL;
	entry_size = load_u32(tag.payload);
	if (entry_size < 24 || entry_size % 8 != 0)
		return -EINVAL;
	if (!bytes_in_range(8 + (uint64_t)index * entry_size, 24, tag.size))
		return -ENOENT;
	entry = tag.payload + 8 + (size_t)index * entry_size;
	memory->start = load_u64(entry);
	memory->length = load_u64(entry + 8);
	memory->type = load_u32(entry + 16);
	return __builtin_add_overflow(memory->start, memory->length, &end) ? -EINVAL : 0;
}

int multiboot2_framebuffer(const struct multiboot2 *information,
			   struct multiboot2_framebuffer *framebuffer)
{
	struct multiboot2_tag tag;
	int error = multiboot2_find(information, MULTIBOOT2_FRAMEBUFFER, &tag);

	if (error)
		return error;
	if (tag.size < 22)
		return -EINVAL;
	*framebuffer = (struct multiboot2_framebuffer){
	    .physical = load_u64(tag.payload),
	    .pitch = load_u32(tag.payload + 8),
	    .width = load_u32(tag.payload + 12),
	    .height = load_u32(tag.payload + 16),
	    .bits = tag.payload[20],
	    .type = tag.payload[21],
	};
	if (framebuffer->type != MULTIBOOT2_FRAMEBUFFER_RGB)
		return 0;
	if (tag.size < 30) /* two reserved bytes, then the six of the colours */
		return -EINVAL;
	framebuffer->red_position = tag.payload[24];
	framebuffer->red_size = tag.payload[25];
	framebuffer->green_position = tag.payload[26];
	framebuffer->green_size = tag.payload[27];
	framebuffer->blue_position = tag.payload[28];
	framebuffer->blue_size = tag.payload[29];
	return 0;
}

int multiboot2_rsdp(const struct multiboot2 *information, const void **rsdp, size_t *size)
{
	struct multiboot2_tag tag;
	int error = multiboot2_find(information, MULTIBOOT2_ACPI_NEW, &tag);

	if (error)
		error = multiboot2_find(information, MULTIBOOT2_ACPI_OLD, &tag);
	if (error)
		return error;
	*rsdp = tag.payload;
	*size = tag.size;
	return 0;
}
