/*
 * Exported symbols: what modules can link to, in one hash table for the kernel and all modules, so
 * that a look-up costs the same however many there are. The entries and the names are copies; a
 * module's are in the table from its link stage on, when its state tells others to wait for it, and
 * leave it before its memory does.
 */
#include <string.h>

#include <lib/hash.h>

#include <kernel/heap.h>

#include <log/panic.h>

#include "load_internal.h"

#define EXPORT_BUCKETS 8192u

/* All exports of one owner, in one allocation with their names. */
struct export_set {
	unsigned count;
	unsigned entered; /* how many are in the table */
	struct export exports[];
};

static struct export *buckets[EXPORT_BUCKETS]; /* [T] */

extern const struct module_export __exports_start[], __exports_end[]; /* linker.ld */

struct export *export_find_locked(const char *name, uint32_t hash)
{
	struct export *export = buckets[hash % EXPORT_BUCKETS];

	while (export && (export->hash != hash || strcmp(export->name, name) != 0))
		export = export->next;
	return export;
}

static void enter_locked(struct export *export)
{
	struct export **bucket = &buckets[export->hash % EXPORT_BUCKETS];

	export->next = *bucket;
	*bucket = export;
}

static void remove_locked(struct export *export)
{
	struct export **link = &buckets[export->hash % EXPORT_BUCKETS];

	while (*link != export)
		link = &(*link)->next;
	*link = export->next;
}

unsigned export_set_count(const struct export_set *set)
{
	return set ? set->count : 0;
}

void export_set_remove(struct export_set *set)
{
	if (!set)
		return;
	table_lock();
	for (unsigned i = 0; i < set->entered; i++)
		remove_locked(&set->exports[i]);
	table_unlock();
	heap_free(set);
}

static const char *name_of(const struct load *load, const struct module_export *export)
{
	return elf_memory_string(&load->file.image.layout, (uint64_t) export->name,
				 ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA) | ELF_IN(ELF_TEXT));
}

static struct export_set *make_set(struct load *load)
{
	const struct module_tables *tables = &load->tables;
	size_t size = sizeof(struct export_set) + tables->export_count * sizeof(struct export);
	struct export_set *set;
	char *text;

	for (uint32_t i = 0; i < tables->export_count; i++)
		size += strlen(name_of(load, &tables->exports[i])) + 1;
	set = heap_alloc(size);
	if (!set)
		return NULL;
	set->count = tables->export_count;
	set->entered = 0;
	text = (char *)&set->exports[set->count];
	for (uint32_t i = 0; i < set->count; i++) {
		const struct module_export *from = &tables->exports[i];
		size_t length = strlen(name_of(load, from)) + 1;

		memcpy(text, name_of(load, from), length);
		set->exports[i] = (struct export){.name = text,
						  .value = (uint64_t)from->value,
						  .owner = load->module,
						  .hash = hash_text32(text),
						  .flags = (uint32_t)from->flags};
		text += length;
	}
	return set;
}

int export_set_add(struct load *load, struct export_set **result)
{
	struct export_set *set;
	char owner[MODULE_NAME_SIZE] = "";
	char name[FOREIGN_SIZE] = "";

	if (load->tables.export_count == 0)
		return 0;
	set = make_set(load);
	if (!set)
		return load_no_memory(load);
	table_lock();
	for (; set->entered < set->count; set->entered++) {
		struct export *export = &set->exports[set->entered];
		struct export *other = export_find_locked(export->name, export->hash);

		if (other) {
			strlcpy(owner, other->owner ? other->owner->name : "the kernel",
				sizeof(owner));
			foreign(export->name, name);
			break;
		}
		enter_locked(export);
	}
	table_unlock();
	*result = set; /* also of half a set: load_abort takes it out again */
	if (!owner[0])
		return 0;
	return report_reason(load->report, -EEXIST, "symbol %s is exported by %s already", name,
			     owner);
}

int exports_init(void)
{
	unsigned count = (unsigned)(__exports_end - __exports_start);
	struct export_set *set = heap_alloc_zeroed(sizeof(*set) + count * sizeof(struct export));

	if (!set)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		const struct module_export *from = &__exports_start[i];

		set->exports[i] = (struct export){.name = from->name,
						  .value = (uint64_t)from->value,
						  .hash = hash_text32(from->name),
						  .flags = (uint32_t)from->flags};
		if (export_find_locked(from->name, set->exports[i].hash))
			panic("module: the kernel exports %s twice", from->name);
		enter_locked(&set->exports[i]);
	}
	return 0;
}
