/*
 * The page tables: four levels (Intel SDM vol. 3, 4.5), one root for all CPUs for ever. Tables are
 * made at boot and never go. The rule that keeps it right: after boot only entries of the lowest
 * level change, each by one store of the owner of the address, so that a walk needs no lock.
 */
#include <mm/page_table.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <arch/control.h>
#include <log/panic.h>

#include <mm/frame.h>
#include <mm/mm_internal.h>
#include <mm/tlb.h>

#define ENTRY_PRESENT 0x1ull
#define ENTRY_WRITE 0x2ull
#define ENTRY_PWT 0x8ull
#define ENTRY_PCD 0x10ull
#define ENTRY_ACCESSED 0x20ull
#define ENTRY_DIRTY 0x40ull
#define ENTRY_LARGE 0x80ull
#define ENTRY_NX (1ull << 63)
#define ENTRY_FRAME 0x000ffffffffff000ull

#define ENTRY_TABLE (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_ACCESSED)
#define ENTRY_DATA (ENTRY_TABLE | ENTRY_DIRTY | ENTRY_NX)

#define TOP_LEVEL 3
#define LARGE_SIZE 0x200000ul
#define KERNEL_OFFSET 0xffffffff80000000 /* linker.ld */

/*
 * No row has both ENTRY_WRITE and execution, and nothing else makes a leaf. PWT alone is write
 * combining in every CPU's PAT: <arch/control.h>.
 */
static const uint64_t protection_bits[] = {
    [MAP_RODATA] = ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_NX,
    [MAP_DATA] = ENTRY_DATA,
    [MAP_TEXT] = ENTRY_PRESENT | ENTRY_ACCESSED,
    [MAP_UNCACHED] = ENTRY_DATA | ENTRY_PCD | ENTRY_PWT,
    [MAP_COMBINING] = ENTRY_DATA | ENTRY_PWT,
};

extern const char __text_start[], __text_end[], __rodata_start[], __data_start[], __kernel_end[];

static uint64_t root; /* [I] */

static uint64_t level_size(unsigned level)
{
	return PAGE_SIZE << 9 * level;
}

/* The entry that decides about @address, and its level: 0, or that of a large or absent one. */
static uint64_t *entry_of(uint64_t address, unsigned *level)
{
	uint64_t table = root;

	for (*level = TOP_LEVEL;; --*level) {
		uint64_t *entry =
		    (uint64_t *)direct_pointer(table) + address / level_size(*level) % 512;

		if (*level == 0 || !(*entry & ENTRY_PRESENT) || *entry & ENTRY_LARGE)
			return entry;
		table = *entry & ENTRY_FRAME;
	}
}

static uint64_t *page_entry(uint64_t address)
{
	unsigned level;
	uint64_t *entry = entry_of(address, &level);

	ASSERT(level == 0);
	return entry;
}

void page_map(uint64_t address, uint64_t physical, size_t pages, enum map_protection protection)
{
	for (size_t at = 0; at < pages * PAGE_SIZE; at += PAGE_SIZE) {
		uint64_t *entry = page_entry(address + at);

		ASSERT(!*entry);
		WRITE_ONCE(*entry, (physical + at) | protection_bits[protection]);
	}
}

void page_clear(uint64_t address, size_t pages)
{
	for (size_t at = 0; at < pages * PAGE_SIZE; at += PAGE_SIZE)
		WRITE_ONCE(*page_entry(address + at), 0);
}

/* Bits 9 to 11 and 52 to 60 are software's, whether an entry is present or not (table 4-20). */
void page_set_owner(uint64_t address, size_t pages, uint64_t slot)
{
	for (size_t at = 0; at < pages * PAGE_SIZE; at += PAGE_SIZE) {
		uint64_t *entry = page_entry(address + at);

		WRITE_ONCE(*entry, *entry | (slot & 7) << 9 | slot >> 3 << 52);
	}
}

void page_unmap(uint64_t address, size_t pages)
{
	page_clear(address, pages);
	tlb_flush(address, pages);
}

/* Addresses that are not canonical lead nowhere. */
static uint64_t look_up(uint64_t address, unsigned *level)
{
	*level = 0;
	if (!root || (uint64_t)((int64_t)(address << 16) >> 16) != address)
		return 0;
	return READ_ONCE(*entry_of(address, level));
}

unsigned page_owner(uint64_t address, bool *present)
{
	unsigned level;
	uint64_t entry = look_up(address, &level);

	*present = entry & ENTRY_PRESENT;
	return (entry >> 9 & 7) | (entry >> 52 & 0x1ff) << 3;
}

int page_look_up(uint64_t address, uint64_t *physical)
{
	unsigned level;
	uint64_t entry = look_up(address, &level);

	/* In a large entry the lower bits of the frame number are zero (no PAT bit is ever set). */
	*physical = (entry & ENTRY_FRAME) + address % level_size(level);
	return entry & ENTRY_PRESENT ? 0 : -EFAULT;
}

bool page_readable(const void *pointer, size_t size)
{
	uint64_t address = (uint64_t)pointer, end = address + size, physical;

	if (end < address)
		return false;
	for (address = align_down(address, PAGE_SIZE); address < end; address += PAGE_SIZE)
		if (page_look_up(address, &physical))
			return false;
	return true;
}

static uint64_t table_new(void)
{
	uint64_t table;

	if (frame_alloc(1, &table))
		panic("too little memory for page tables");
	memset(direct_pointer(table), 0, PAGE_SIZE);
	return table;
}

/* Goes down to @wanted, adding tables; not below a large entry that is there. */
static uint64_t *entry_make(uint64_t address, unsigned wanted, unsigned *level)
{
	for (;;) {
		uint64_t *entry = entry_of(address, level);

		if (*level <= wanted || *entry)
			return entry;
		*entry = table_new() | ENTRY_TABLE;
	}
}

void page_table_cover(uint64_t address, uint64_t size)
{
	unsigned level;

	for (uint64_t at = 0; at < size; at += LARGE_SIZE)
		entry_make(address + at, 0, &level);
}

/* With large entries where they fit. What another range has brought already stays. */
static void map_direct(const struct mm_range *usable)
{
	uint64_t physical = align_up(usable->start, PAGE_SIZE);
	uint64_t end = align_down(usable->start + usable->size, PAGE_SIZE);

	while (physical < end) {
		bool large = is_aligned(physical, LARGE_SIZE) && end - physical >= LARGE_SIZE;
		unsigned level;
		uint64_t *entry = entry_make(DIRECT_MAP + physical, large, &level);

		if (!*entry)
			*entry = physical | ENTRY_DATA | (level ? ENTRY_LARGE : 0);
		physical = align_down(physical, level_size(level)) + level_size(level);
	}
}

static void map_kernel(const char *start, const char *end, enum map_protection protection)
{
	uint64_t address = (uint64_t)start;

	page_map(address, address - KERNEL_OFFSET, pages_for((size_t)(end - start)), protection);
}

void page_table_init(const struct mm_boot *boot)
{
	uint64_t kernel = align_down((uint64_t)__text_start, LARGE_SIZE);

	root = table_new();
	for (unsigned i = 0; i < boot->usable_count; i++)
		map_direct(&boot->usable[i]);
	page_table_cover(kernel, (uint64_t)__kernel_end - kernel);
	map_kernel(__text_start, __text_end, MAP_TEXT);
	map_kernel(__rodata_start, __data_start, MAP_RODATA);
	map_kernel(__data_start, __kernel_end, MAP_DATA);
	cr3_write(root);
}
