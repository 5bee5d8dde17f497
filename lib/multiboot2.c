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

const char *multiboot2_text(const struct multiboot2_tag *tag, size_t offset)
{
	const char *text = (const char *)tag->payload + offset;

	if (offset > tag->size || strnlen(text, tag->size - offset) == tag->size - offset)
		return NULL;
	return text;
}

int multiboot2_module(const struct multiboot2_tag *tag, struct multiboot2_module *module)
{
	if (tag->size < 8)
		return -EINVAL;
	module->start = load_u32(tag->payload);
	module->end = load_u32(tag->payload + 4);
	module->cmdline = multiboot2_text(tag, 8);
	return module->cmdline && module->start <= module->end ? 0 : -EINVAL;
}

int multiboot2_memory(const struct multiboot2_tag *tag, unsigned index,
		      struct multiboot2_memory *memory)
{
	uint32_t entry_size;
	const uint8_t *entry;
	uint64_t end;

	if (tag->size < 8)
		return -EINVAL;
	entry_size = load_u32(tag->payload);
	if (entry_size < 24 || entry_size % 8 != 0)
		return -EINVAL;
	if (!bytes_in_range(8 + (uint64_t)index * entry_size, 24, tag->size))
		return -ENOENT;
	entry = tag->payload + 8 + (size_t)index * entry_size;
	memory->start = load_u64(entry);
	memory->length = load_u64(entry + 8);
	memory->type = load_u32(entry + 16);
	if (__builtin_add_overflow(memory->start, memory->length, &end))
		memory->type = MULTIBOOT2_MEMORY_MALFORMED;
	return 0;
}
