/*
 * Exported symbols: what modules can link to, in one hash table for the kernel and all modules, so
 * that a look-up costs the same however many there are. A module's are in the table from its
 * protect stage on, when its state tells others to wait for it, until its memory goes: the names
 * stand there.
 */
#include <string.h>

#include <lib/hash.h>

#include <kernel/heap.h>

#include <log/panic.h>

#include "load_internal.h"

#define EXPORT_BUCKETS 8192u

/* All exports of one owner. */
struct export_set {
	unsigned count;
	unsigned entered; /* how many are in the table */
	struct export exports[];
};

static struct export *buckets[EXPORT_BUCKETS]; /* [M] */

extern const struct module_export __exports_start[], __exports_end[]; /* linker.ld */

struct export *export_find(const char *name, uint32_t hash)
{
	struct export *export = buckets[hash % EXPORT_BUCKETS];

	while (export && (export->hash != hash || strcmp(export->name, name) != 0))
		export = export->next;
	return export;
}

unsigned export_set_count(const struct export_set *set)
{
	return set ? set->count : 0;
}

void export_set_remove(struct export_set *set)
{
	for (unsigned i = 0; set && i < set->entered; i++) {
		struct export *export = &set->exports[i];
		struct export **link = &buckets[export->hash % EXPORT_BUCKETS];

		while (*link != export)
			link = &(*link)->next;
		*link = export->next;
	}
	heap_free(set);
}

static struct export_set *set_new(const struct module_export *from, unsigned count,
				  struct loaded_module *owner)
{
	struct export_set *set = heap_alloc(sizeof(*set) + count * sizeof(struct export));

	if (!set)
		return NULL;
	set->count = count;
	set->entered = 0;
	for (unsigned i = 0; i < count; i++)
		set->exports[i] = (struct export){.name = from[i].name,
						  .value = (uint64_t)from[i].value,
						  .owner = owner,
						  .hash = hash_text32(from[i].name),
						  .flags = (uint32_t)from[i].flags};
	return set;
}

/* NULL: all are in the table; or the first one whose name is there already. */
static const struct export *enter(struct export_set *set)
{
	for (; set->entered < set->count; set->entered++) {
		struct export *export = &set->exports[set->entered];
		struct export **bucket = &buckets[export->hash % EXPORT_BUCKETS];
		const struct export *other = export_find(export->name, export->hash);

		if (other)
			return other;
		export->next = *bucket;
		*bucket = export;
	}
	return NULL;
}

int export_set_add(struct load *load, struct export_set **set)
{
	const struct module_tables *tables = &load->tables;
	const struct export *other;
	char name[FOREIGN_SIZE];

	if (tables->export_count == 0)
		return 0;
	*set = set_new(tables->exports, tables->export_count, load->module);
	if (!*set)
		return load_no_memory(load);
	other = enter(*set); /* half a set as well is taken out again by who ends the load */
	if (!other)
		return 0;
	return load_refuse(load, -EEXIST, "symbol %s is exported by %s already",
			   foreign(other->name, name),
			   other->owner ? other->owner->name : "the kernel");
}

int exports_init(void)
{
	struct export_set *set =
	    set_new(__exports_start, (unsigned)(__exports_end - __exports_start), NULL);
	const struct export *twice = set ? enter(set) : NULL;

	if (twice)
		panic("module: the kernel exports %s twice", twice->name);
	return set ? 0 : -ENOMEM;
}
