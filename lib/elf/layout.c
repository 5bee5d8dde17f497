/*
 * Where sections go. Measuring, placing and filling walk the sections in one and the same order,
 * those with bytes in the file before those without, so that a segment's offsets come out alike
 * and each segment's bss is its end. The rule: only measuring can fail, and it needs no memory.
 */
#include <lib/elf_layout.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/compiler.h>

#include "elf_internal.h"

struct walk {
	const struct elf_image *image;
	struct elf_section section;
	uint32_t index;
	uint32_t segment;
	bool bss; /* the second round */
};

static uint32_t segment_of(const struct elf_image *image, const struct elf_section *section)
{
	const char *name = elf_section_name(image, section);
	bool code = section->sh_flags & SHF_EXECINSTR;

	if (!elf_section_is_loaded(section))
		return ELF_NOT_LOADED;
	if (elf_is_percpu(name))
		return ELF_PERCPU;
	if (strncmp(name, ".init.", 6) == 0)
		return code ? ELF_INIT_TEXT : ELF_INIT_DATA;
	if (code)
		return ELF_TEXT;
	return section->sh_flags & SHF_WRITE ? ELF_DATA : ELF_RODATA;
}

static bool walk_next(struct walk *walk)
{
	for (;;) {
		if (++walk->index == walk->image->section_count) {
			if (walk->bss)
				return false;
			walk->bss = true;
			walk->index = 0;
			continue;
		}
		elf_section_at(walk->image, walk->index, &walk->section);
		if ((walk->section.sh_type == SHT_NOBITS) != walk->bss)
			continue;
		walk->segment = segment_of(walk->image, &walk->section);
		if (walk->segment != ELF_NOT_LOADED)
			return true;
	}
}

/* sh_addralign 0 means the same as 1. */
static uint64_t aligned(uint64_t offset, uint64_t align)
{
	return align == 0 ? offset : align_up(offset, align);
}

static uint64_t total_size(const struct elf_layout *layout)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		total += layout->segment[i].size;
	return total;
}

/* Appends the section to its segment; sums stay far from wrapping since none exceeds the limit. */
static int measure_section(const struct walk *walk, uint64_t limit, struct elf_layout *layout,
			   struct elf_diag *diag)
{
	const struct elf_section *section = &walk->section;
	struct elf_segment *segment = &layout->segment[walk->segment];

	segment->size = aligned(segment->size, section->sh_addralign);
	if (section->sh_size > limit || total_size(layout) > limit - section->sh_size)
		return elf_refuse_section(walk->image, walk->index, diag,
					  (struct elf_diag){.reason = ELF_LOAD_LIMIT,
							    .value = section->sh_size,
							    .limit = limit});
	segment->size += section->sh_size;
	segment->align = max(segment->align, section->sh_addralign);
	return 0;
}

/* Gives the segments of one range their pages. */
static uint64_t stack_segments(struct elf_layout *layout, unsigned first, unsigned last,
			       uint64_t page)
{
	uint64_t offset = 0;

	for (unsigned i = first; i <= last; i++) {
		layout->segment[i].offset = offset;
		layout->segment[i].span = align_up(layout->segment[i].size, page);
		offset += layout->segment[i].span;
	}
	return offset;
}

int elf_layout_measure(const struct elf_image *image, const struct elf_limits *limits,
		       struct elf_layout *layout, struct elf_diag *diag)
{
	struct walk walk = {.image = image};
	int err;

	*layout = (struct elf_layout){};
	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		layout->segment[i].align = 1;
	while (walk_next(&walk)) {
		err = measure_section(&walk, limits->load, layout, diag);
		if (err != 0)
			return err;
	}
	layout->core_span = stack_segments(layout, ELF_TEXT, ELF_DATA, limits->page);
	layout->init_span = stack_segments(layout, ELF_INIT_TEXT, ELF_INIT_DATA, limits->page);
	layout->segment[ELF_PERCPU].span = layout->segment[ELF_PERCPU].size;
	return 0;
}

void elf_layout_place(const struct elf_image *image, struct elf_place *places)
{
	struct walk walk = {.image = image};
	uint64_t end[ELF_SEGMENTS] = {0};

	for (uint32_t i = 0; i < image->section_count; i++)
		places[i] = (struct elf_place){.segment = ELF_NOT_LOADED};
	while (walk_next(&walk)) {
		uint64_t offset = aligned(end[walk.segment], walk.section.sh_addralign);

		places[walk.index] = (struct elf_place){walk.segment, (uint32_t)offset};
		end[walk.segment] = offset + walk.section.sh_size;
	}
}

static struct elf_where where_at(struct elf_where range, uint64_t offset)
{
	return (struct elf_where){offset == 0 ? range.now : range.now + offset, range.run + offset};
}

void elf_memory_assign(const struct elf_layout *layout, struct elf_where core,
		       struct elf_where init, struct elf_where percpu, struct elf_memory *memory)
{
	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		memory->segment[i] =
		    where_at(i < ELF_INIT_TEXT ? core : init, layout->segment[i].offset);
	memory->segment[ELF_PERCPU] = percpu;
}

static void clear(uint8_t *now, uint64_t from, uint64_t to)
{
	if (from < to)
		memset(now + from, 0, to - from);
}

void elf_memory_fill(const struct elf_image *image, const struct elf_place *places,
		     const struct elf_layout *layout, const struct elf_memory *memory)
{
	struct walk walk = {.image = image};
	uint64_t end[ELF_SEGMENTS] = {0};

	while (walk_next(&walk) && !walk.bss) {
		uint8_t *now = memory->segment[walk.segment].now;
		uint64_t offset = places[walk.index].offset;

		if (walk.section.sh_size == 0)
			continue;
		clear(now, end[walk.segment], offset);
		memcpy(now + offset, elf_section_bytes(image, &walk.section), walk.section.sh_size);
		end[walk.segment] = offset + walk.section.sh_size;
	}
	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		clear(memory->segment[i].now, end[i], layout->segment[i].span);
}

void *elf_memory_at(const struct elf_layout *layout, const struct elf_memory *memory, uint64_t run,
		    uint64_t length, unsigned segments)
{
	for (unsigned i = 0; i < ELF_SEGMENTS; i++) {
		uint64_t offset = run - memory->segment[i].run;

		if ((segments & ELF_IN(i)) &&
		    bytes_in_range(offset, length, layout->segment[i].size))
			return memory->segment[i].now + offset;
	}
	return NULL;
}

const char *elf_memory_string(const struct elf_layout *layout, const struct elf_memory *memory,
			      uint64_t run, unsigned segments)
{
	for (unsigned i = 0; i < ELF_SEGMENTS; i++) {
		uint64_t offset = run - memory->segment[i].run;
		const char *text;

		if (!(segments & ELF_IN(i)) || offset >= layout->segment[i].size)
			continue;
		text = (const char *)memory->segment[i].now + offset;
		if (memchr(text, '\0', layout->segment[i].size - offset) != NULL)
			return text;
	}
	return NULL;
}
