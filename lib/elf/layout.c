/*
 * Where sections go. Those with bytes in the file come before those without, so that each segment's
 * bss is its end. The rule: one function lays out; it runs once for the sizes, when it can fail and
 * needs no memory, and once more for the places, when it cannot.
 */
#include <lib/bytes.h>

#include "elf_internal.h"

static uint32_t segment_of(const struct elf_image *image, const struct elf_section *section)
{
	const char *name = elf_section_name(image, section);
	bool code = section->sh_flags & SHF_EXECINSTR;

	if (!elf_section_is_loaded(section))
		return ELF_NOT_LOADED;
	if (elf_is_percpu(name))
		return ELF_PERCPU;
	if (elf_begins(name, ".init."))
		return code ? ELF_INIT_TEXT : ELF_INIT_DATA;
	if (code)
		return ELF_TEXT;
	return section->sh_flags & SHF_WRITE ? ELF_DATA : ELF_RODATA;
}

/* Appends the section to its segment; @total, of all segments, stays far from wrapping since it
 * does not exceed the limit. */
static int append(struct elf_image *image, uint32_t index, const struct elf_section *section,
		  struct elf_place *place, uint64_t *total)
{
	struct elf_segment *segment = &image->layout.segment[place->segment];
	uint64_t limit = image->limits.load;
	uint64_t align = max(section->sh_addralign, (uint64_t)1); /* 0 means the same as 1 */
	uint64_t offset = align_up(segment->size, align);

	*total += offset - segment->size;
	if (section->sh_size > limit || *total > limit - section->sh_size) {
		image->about = index;
		elf_refuse(image,
			   "its %lu bytes make the module larger than the %lu bytes that may be "
			   "loaded",
			   section->sh_size, limit);
		return image->report->error = -E2BIG;
	}
	place->offset = (uint32_t)offset;
	segment->size = offset + section->sh_size;
	*total += section->sh_size;
	segment->align = max(segment->align, align);
	return 0;
}

/* Gives the segments of one range their pages. */
static uint64_t stack_segments(struct elf_image *image, unsigned first, unsigned last)
{
	uint64_t offset = 0;

	for (unsigned i = first; i <= last; i++) {
		struct elf_segment *segment = &image->layout.segment[i];

		segment->offset = offset;
		segment->span = align_up(segment->size, image->limits.page);
		offset += segment->span;
	}
	return offset;
}

int elf_lay_out(struct elf_image *image, struct elf_place *places)
{
	struct elf_layout *layout = &image->layout;
	uint64_t total = 0;
	int err = 0;

	image->places = places;
	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		layout->segment[i] = (struct elf_segment){.align = 1};
	if (places != NULL)
		places[0] = (struct elf_place){.segment = ELF_NOT_LOADED};
	for (unsigned bss = 0; bss < 2; bss++) {
		for (uint32_t i = 1; i < image->section_count && err == 0; i++) {
			const struct elf_section *section = elf_section_at(image, i);
			struct elf_place place = {};

			if ((section->sh_type == SHT_NOBITS) != bss)
				continue;
			place.segment = segment_of(image, section);
			if (place.segment != ELF_NOT_LOADED)
				err = append(image, i, section, &place, &total);
			if (places != NULL)
				places[i] = place;
		}
	}
	layout->core_span = stack_segments(image, ELF_TEXT, ELF_DATA);
	layout->init_span = stack_segments(image, ELF_INIT_TEXT, ELF_INIT_DATA);
	layout->segment[ELF_PERCPU].span = layout->segment[ELF_PERCPU].size;
	return err;
}

static void clear(uint8_t *now, uint64_t from, uint64_t to)
{
	if (from < to)
		memset(now + from, 0, to - from);
}

void elf_memory_fill(struct elf_image *image, struct elf_where core, struct elf_where init,
		     struct elf_where percpu)
{
	struct elf_segment *segments = image->layout.segment;
	uint64_t end[ELF_SEGMENTS] = {0};

	for (unsigned i = 0; i < ELF_SEGMENTS; i++) {
		struct elf_where range = i < ELF_INIT_TEXT ? core : init;

		if (i == ELF_PERCPU)
			range = percpu;
		segments[i].run = range.run + segments[i].offset;
		segments[i].now = segments[i].offset ? range.now + segments[i].offset : range.now;
	}
	for (uint32_t i = 1; i < image->section_count; i++) {
		const struct elf_section *section = elf_section_at(image, i);
		struct elf_place place = image->places[i];

		if (place.segment == ELF_NOT_LOADED || section->sh_type == SHT_NOBITS ||
		    section->sh_size == 0)
			continue;
		clear(segments[place.segment].now, end[place.segment], place.offset);
		memcpy(segments[place.segment].now + place.offset,
		       elf_section_bytes(image, section), section->sh_size);
		end[place.segment] = place.offset + section->sh_size;
	}
	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		clear(segments[i].now, end[i], segments[i].span);
}

static const struct elf_segment *segment_at(const struct elf_layout *layout, uint64_t run,
					    uint64_t length, unsigned segments)
{
	for (unsigned i = 0; i < ELF_SEGMENTS; i++) {
		const struct elf_segment *segment = &layout->segment[i];

		if ((segments & ELF_IN(i)) &&
		    bytes_in_range(run - segment->run, length, segment->size))
			return segment;
	}
	return NULL;
}

void *elf_memory_at(const struct elf_layout *layout, uint64_t run, uint64_t length,
		    unsigned segments)
{
	const struct elf_segment *segment = segment_at(layout, run, length, segments);

	return segment == NULL ? NULL : segment->now + (run - segment->run);
}

const char *elf_memory_string(const struct elf_layout *layout, uint64_t run, unsigned segments)
{
	const struct elf_segment *segment = segment_at(layout, run, 1, segments);
	const uint8_t *text;
	uint64_t room;

	if (segment == NULL)
		return NULL;
	text = segment->now + (run - segment->run);
	room = min(segment->size - (run - segment->run), ELF_NAME_LONGEST + 1ull);
	return memchr(text, '\0', room) ? (const char *)text : NULL;
}
