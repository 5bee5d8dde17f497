/*
 * What the heap finds out about its users: writes to memory that was freed, writes behind the end,
 * second frees. Each is reported with the place that made the object and goes on: a report is worth
 * more than the end of the machine. Contents are looked at only under `debug`.
 */
#include <mm/heap_slab.h>

#include <string.h>

#include <kernel/boot.h>
#include <kernel/printk.h>

#include <mm/page_table.h>

#define POISON_FREE 0x6b
#define POISON_NEW 0x5a
#define POISON_ZONE 0xbb

bool heap_checks;

static const char *(*name_of_slot)(unsigned slot);

void heap_set_owner_name(const char *(*name)(unsigned slot))
{
	name_of_slot = name;
}

const struct place *heap_tag_place(struct heap_tag tag)
{
	return tag.place ? (const struct place *)(int64_t)(int32_t)tag.place : NULL;
}

void heap_report(const char *what, const void *memory, struct heap_tag tag)
{
	const struct place *place = heap_tag_place(tag);

	/* A place is gone with its module; its address is not used again soon. */
	if (!place)
		printk("heap: %s\n", what);
	else if (page_readable(place, sizeof(*place)) && page_readable(place->file, 1))
		/* bare: the bus's */
		printk("heap: %s: an object of %s, made at %s:%u\n", what,
		       name_of_slot ? name_of_slot(tag.slot) : "kernel", place->file, place->line);
	else
		printk("heap: %s: an object of a module that is gone\n", what);
	if (addresses_enabled)
		printk("heap: it is at %p\n", memory);
}

/* Are all @size bytes @value? */
static bool is_filled(const unsigned char *bytes, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != value)
			return false;
	}
	return true;
}

void heap_check_new(void *memory, size_t size)
{
	memset(memory, POISON_FREE, size);
}

void heap_check_alloc(void *memory, size_t asked, size_t size, struct heap_tag former)
{
	if (!is_filled(memory, size, POISON_FREE))
		heap_report("written to after it was freed", memory, former);
	memset(memory, POISON_NEW, asked);
	memset((char *)memory + asked, POISON_ZONE, size - asked);
}

void heap_check_free(void *memory, size_t asked, size_t size, struct heap_tag tag)
{
	if (!is_filled((unsigned char *)memory + asked, size - asked, POISON_ZONE))
		heap_report("written to behind its end", memory, tag);
	memset(memory, POISON_FREE, size);
}
