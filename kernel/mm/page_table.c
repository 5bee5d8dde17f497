/*
 * The page tables: four levels (Intel SDM vol. 3, 4.5), one root for all CPUs for ever. The note of
 * a table's frame counts its present entries; a table that has none leaves with the batch of the
 * unmapping that emptied it. The rule that keeps it right: all tables that a mapping needs are in
 * hand before its first entry is written, so that nothing has to be taken back.
 *
 * A fixed number of tables is held from the end of boot on, in use or in reserve. While it
 * suffices, which tables a module or a stack happens to need does not show in the number of free
 * frames.
 */
#include <mm/page_table.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/spinlock.h>
#include <arch/control.h>
#include <log/panic.h>

#include <mm/fault_injection.h>
#include <mm/frame_internal.h>
#include <mm/mm.h>
#include <mm/page_table_internal.h>
#include <mm/tlb_internal.h>

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

#define LEVELS 4
#define TABLE_ENTRIES 512
#define LARGE_SIZE 0x200000ull
#define TABLE_RESERVE 32

/* PWT alone is write combining in every CPU's PAT: <arch/control.h>. */
static const uint64_t protection_bits[] = {
    [MAP_RODATA] = ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_NX,
    [MAP_DATA] = ENTRY_DATA,
    [MAP_TEXT] = ENTRY_PRESENT | ENTRY_ACCESSED,
    [MAP_UNCACHED] = ENTRY_DATA | ENTRY_PCD | ENTRY_PWT,
    [MAP_COMBINING] = ENTRY_DATA | ENTRY_PWT,
};

static DEFINE_SPINLOCK(page_table);
static uint64_t root; /* [I] */

/* Zeroed tables, chained by physical address in their first entry (which is not "present"). */
static uint64_t reserve; /* [L] */
static size_t borrowed;	 /* [L] tables in use beyond those that the reserve provided */

/* The entries that lead to an address, from the root (level 3) down to the lowest that exists. */
struct path {
	uint64_t *entries[LEVELS];
	unsigned level;
};

static uint64_t level_size(unsigned level)
{
	return PAGE_SIZE << 9 * level;
}

static uint64_t *entry_for(uint64_t table, uint64_t address, unsigned level)
{
	return (uint64_t *)direct_pointer(table) + (address / level_size(level)) % TABLE_ENTRIES;
}

static bool leads_on(uint64_t entry, unsigned level)
{
	return level > 0 && (entry & ENTRY_PRESENT) && !(entry & ENTRY_LARGE);
}

static void walk(uint64_t address, struct path *path)
{
	uint64_t table = root;

	for (path->level = LEVELS - 1;; path->level--) {
		uint64_t *entry = entry_for(table, address, path->level);

		path->entries[path->level] = entry;
		if (!leads_on(*entry, path->level))
			return;
		table = *entry & ENTRY_FRAME;
	}
}

/* How many entries of the table of @entry are present. */
static uint16_t *present_entries(const uint64_t *entry)
{
	return frame_note(align_down(direct_physical(entry), PAGE_SIZE));
}

static int table_take(uint64_t *table)
{
	if (reserve) {
		uint64_t *entries = direct_pointer(reserve);

		*table = reserve;
		reserve = entries[0];
		entries[0] = 0;
		return 0;
	}
	if (frame_alloc(1, table))
		return -ENOMEM;
	memset(direct_pointer(*table), 0, PAGE_SIZE);
	borrowed++;
	return 0;
}

static void table_give(uint64_t table)
{
	uint64_t *entries = direct_pointer(table);

	if (borrowed > 0) {
		borrowed--;
		*frame_note(table) = 0;
		frame_free(table, 1);
		return;
	}
	entries[0] = reserve;
	reserve = table;
}

static void give_chain(uint64_t chain)
{
	while (chain) {
		uint64_t *entries = direct_pointer(chain);
		uint64_t next = entries[0];

		entries[0] = 0;
		table_give(chain);
		chain = next;
	}
}

void page_table_give(uint64_t chain)
{
	if (!chain)
		return;
	spin_lock(&page_table);
	give_chain(chain);
	spin_unlock(&page_table);
}

/* The tables that a mapping down to @level may need, in hand; a few too many for a large range. */
static int stock_take(uint64_t address, uint64_t end, unsigned level, uint64_t *stock)
{
	struct path path;

	*stock = 0;
	while (address < end) {
		walk(address, &path);
		for (unsigned missing = path.level; missing > level; missing--) {
			uint64_t table;

			if (table_take(&table)) {
				give_chain(*stock);
				return -ENOMEM;
			}
			*(uint64_t *)direct_pointer(table) = *stock;
			*stock = table;
		}
		address = align_down(address, level_size(level + 1)) + level_size(level + 1);
		if (address == 0) /* past the top */
			break;
	}
	return 0;
}

/* Goes down to @level, adding tables from the stock. */
static uint64_t *make_entry(uint64_t address, unsigned level, uint64_t *stock)
{
	struct path path;

	walk(address, &path);
	while (path.level > level) {
		uint64_t table = *stock, *entries = direct_pointer(table);

		*stock = entries[0];
		entries[0] = 0;
		*present_entries(path.entries[path.level]) += 1;
		*path.entries[path.level] = table | ENTRY_TABLE;
		path.level--;
		path.entries[path.level] = entry_for(table, address, path.level);
	}
	return path.entries[level];
}

/* Pages from @address on that one table holds, @pages at most. */
static size_t pages_in_table(uint64_t address, size_t pages)
{
	return min(pages, TABLE_ENTRIES - (address >> PAGE_SHIFT) % TABLE_ENTRIES);
}

int page_map(uint64_t address, uint64_t physical, size_t pages, enum map_protection protection)
{
	uint64_t stock;

	if (fault_injected(__func__))
		return -ENOMEM;
	spin_lock(&page_table);
	if (stock_take(address, address + pages * PAGE_SIZE, 0, &stock)) {
		spin_unlock(&page_table);
		return -ENOMEM;
	}
	while (pages > 0) {
		uint64_t *entry = make_entry(address, 0, &stock);
		size_t count = pages_in_table(address, pages);

		*present_entries(entry) += count;
		for (size_t i = 0; i < count; i++) {
			ASSERT(!entry[i]);
			entry[i] = (physical + i * PAGE_SIZE) | protection_bits[protection];
		}
		address += count * PAGE_SIZE;
		physical += count * PAGE_SIZE;
		pages -= count;
	}
	give_chain(stock);
	spin_unlock(&page_table);
	return 0;
}

/* Takes out the tables above @address that have no entry left; the root stays. */
static void prune(struct path *path, struct tlb_batch *batch)
{
	for (unsigned level = path->level; level < LEVELS - 1; level++) {
		uint16_t *parent = present_entries(path->entries[level + 1]);

		if (*present_entries(path->entries[level]) != 0)
			return;
		*path->entries[level + 1] = 0;
		*parent -= 1;
		tlb_batch_add_table(batch,
				    align_down(direct_physical(path->entries[level]), PAGE_SIZE));
	}
}

/*
 * @count pages of one table. Returns whether any was present. Frames that held code are cleared:
 * the emulator drops a translation when its code is overwritten, and as long as one is left every
 * store to that frame is slow, whoever has it by then.
 */
static bool clear_entries(uint64_t *entry, size_t count, bool release, struct tlb_batch *batch)
{
	uint16_t *present = present_entries(entry);
	uint16_t before = *present;

	for (size_t i = 0; i < count; i++) {
		if (!entry[i])
			continue;
		if (release && !(entry[i] & ENTRY_NX))
			memset(direct_pointer(entry[i] & ENTRY_FRAME), 0, PAGE_SIZE);
		if (release)
			tlb_batch_add_frame(batch, entry[i] & ENTRY_FRAME);
		WRITE_ONCE(entry[i], 0);
		*present -= 1;
	}
	return *present != before;
}

void page_unmap(uint64_t address, size_t pages, bool release, struct tlb_batch *batch)
{
	spin_lock(&page_table);
	while (pages > 0) {
		size_t count = pages_in_table(address, pages);
		struct path path;

		walk(address, &path);
		ASSERT(!(*path.entries[path.level] & ENTRY_LARGE) || path.level == 0);
		if (path.level == 0 && clear_entries(path.entries[0], count, release, batch)) {
			tlb_batch_add(batch, address, count);
			prune(&path, batch);
		}
		address += count * PAGE_SIZE;
		pages -= count;
	}
	spin_unlock(&page_table);
}

void page_protect(uint64_t address, size_t pages, enum map_protection protection,
		  struct tlb_batch *batch)
{
	spin_lock(&page_table);
	while (pages > 0) {
		size_t count = pages_in_table(address, pages);
		struct path path;

		walk(address, &path);
		ASSERT(path.level == 0);
		for (size_t i = 0; i < count; i++) {
			uint64_t frame = path.entries[0][i] & ENTRY_FRAME;

			WRITE_ONCE(path.entries[0][i], frame | protection_bits[protection]);
		}
		tlb_batch_add(batch, address, count);
		address += count * PAGE_SIZE;
		pages -= count;
	}
	spin_unlock(&page_table);
}

static enum map_protection protection_of(uint64_t entry)
{
	if (!(entry & ENTRY_NX))
		return MAP_TEXT;
	if (!(entry & ENTRY_WRITE))
		return MAP_RODATA;
	if (entry & ENTRY_PCD)
		return MAP_UNCACHED;
	return entry & ENTRY_PWT ? MAP_COMBINING : MAP_DATA;
}

int page_look_up(uint64_t address, uint64_t *physical, enum map_protection *protection)
{
	struct path path;
	uint64_t entry;

	/* Addresses that are not canonical lead nowhere. */
	if ((uint64_t)((int64_t)(address << 16) >> 16) != address)
		return -EFAULT;
	walk(address, &path);
	entry = *path.entries[path.level];
	if (!(entry & ENTRY_PRESENT))
		return -EFAULT;
	/* In a large entry the lower bits of the frame number are zero (no PAT bit is ever set). */
	*physical = (entry & ENTRY_FRAME) + address % level_size(path.level);
	*protection = protection_of(entry);
	return 0;
}

bool page_readable(const void *pointer, size_t size)
{
	uint64_t address = (uint64_t)pointer, end = address + size, physical;
	enum map_protection protection;

	if (end < address)
		return false;
	for (address = align_down(address, PAGE_SIZE); address < end; address += PAGE_SIZE) {
		if (page_look_up(address, &physical, &protection))
			return false;
	}
	return true;
}

/* Leaves below the table @entries, @level of its entries, that may be both written and executed. */
static size_t count_writable_text(const uint64_t *entries, unsigned level)
{
	size_t found = 0;

	for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t entry = entries[i];

		if (leads_on(entry, level))
			found +=
			    count_writable_text(direct_pointer(entry & ENTRY_FRAME), level - 1);
		else if (entry & ENTRY_PRESENT)
			found += (entry & ENTRY_WRITE) && !(entry & ENTRY_NX);
	}
	return found;
}

size_t page_count_writable_text(void)
{
	size_t found;

	spin_lock(&page_table);
	found = count_writable_text(direct_pointer(root), LEVELS - 1);
	spin_unlock(&page_table);
	return found;
}

uint64_t page_table_root(void)
{
	return root;
}

/* Boot: one direct entry, large where it fits. What is there already stays. Returns its size. */
static int map_direct_entry(uint64_t physical, uint64_t end, uint64_t *size)
{
	unsigned level = is_aligned(physical, LARGE_SIZE) && end - physical >= LARGE_SIZE;
	uint64_t address = DIRECT_MAP + physical, stock, *entry;
	struct path path;

	walk(address, &path);
	if (*path.entries[path.level] & ENTRY_PRESENT) {
		*size = level_size(path.level) - physical % level_size(path.level);
		return 0;
	}
	level = min(level, path.level);
	if (stock_take(address, address + 1, level, &stock))
		return -ENOMEM;
	entry = make_entry(address, level, &stock);
	give_chain(stock);
	*entry = physical | ENTRY_DATA | (level ? ENTRY_LARGE : 0);
	*present_entries(entry) += 1;
	*size = level_size(level);
	return 0;
}

static int map_direct(const struct mm_range *usable)
{
	uint64_t physical = align_up(usable->start, PAGE_SIZE), size;
	uint64_t end = align_down(usable->start + usable->size, PAGE_SIZE);

	for (; physical < end; physical += size) {
		if (map_direct_entry(physical, end, &size))
			return -ENOMEM;
	}
	return 0;
}

int page_table_init(const struct mm_boot *boot)
{
	int error = table_take(&root);

	for (unsigned i = 0; !error && i < boot->usable_count; i++)
		error = map_direct(&boot->usable[i]);
	for (unsigned i = 0; !error && i < boot->segment_count; i++) {
		const struct mm_segment *segment = &boot->segments[i];

		error = page_map(segment->address, segment->physical, pages_for(segment->size),
				 segment->protection);
	}
	if (!error)
		cr3_write(root);
	return error;
}

int page_table_reserve(void)
{
	int error = 0;

	spin_lock(&page_table);
	borrowed = 0;
	for (unsigned i = 0; !error && i < TABLE_RESERVE; i++) {
		uint64_t table;

		error = frame_alloc(1, &table);
		if (error)
			break;
		memset(direct_pointer(table), 0, PAGE_SIZE);
		table_give(table);
	}
	spin_unlock(&page_table);
	return error;
}
