/*
 * Exported symbols: what modules can link to, in one hash table for the kernel and all modules, so
 * that a look-up costs the same however many there are and however their names were chosen. A
 * module's are in the table from its protect stage on, when its state tells others to wait for it,
 * until its memory goes: the names stand there.
 */
#include <module/module.h>

#include <string.h>

#include <kernel/heap.h>

#include <arch/hash_key.h>
#include <log/panic.h>

#include "stage_internal.h"

#define EXPORT_BUCKETS 8192u

static struct export *buckets[EXPORT_BUCKETS]; /* [M] */

static struct export *find_in(struct export *export, const char *name, uint32_t hash)
{
	while (export && (export->hash != hash || strcmp(export->name, name) != 0))
		export = export->next;
	return export;
}

struct export *export_find(const char *name)
{
	uint32_t hash = hash_text(&hash_key, name);

	return find_in(buckets[hash % EXPORT_BUCKETS], name, hash);
}

/* NULL: it is in the table; or the module that has its name already. */
static const struct export *enter(struct export *export, const struct module_export *from,
				  struct loaded_module *owner)
{
	uint32_t hash = hash_text(&hash_key, from->name);
	struct export **bucket = &buckets[hash % EXPORT_BUCKETS];
	const struct export *other = find_in(*bucket, from->name, hash);

	if (other)
		return other;
	*export = (struct export){.next = *bucket,
				  .name = from->name,
				  .value = (uint64_t)from->value,
				  .owner = owner,
				  .hash = hash,
				  .flags = (uint32_t)from->flags};
	*bucket = export;
	return NULL;
}

static int add(struct load *load, uint32_t index)
{
	struct loaded_module *module = load->module;
	const struct export *other =
	    enter(&module->exports[index], &module->tables.exports[index], module);

	if (other)
		return load_refuse(load, -EEXIST, "symbol %pE is exported by %s already",
				   other->name, other->owner ? other->owner->name : "the kernel");
	module->export_count++;
	return 0;
}

int exports_add(struct load *load)
{
	struct loaded_module *module = load->module;
	uint32_t count = module->tables.export_count;
	int error = 0;

	if (count == 0)
		return 0;
	module->exports = heap_alloc(count * sizeof(struct export));
	if (!module->exports)
		return load_no_memory(load);
	for (uint32_t i = 0; i < count && !error; i++) {
		mutex_lock(&module_mutex);
		error = add(load, i);
		mutex_unlock(&module_mutex);
	}
	return error;
}

void exports_remove(struct loaded_module *module)
{
	for (uint32_t i = 0; i < module->export_count; i++) {
		struct export *export = &module->exports[i];
		struct export **link = &buckets[export->hash % EXPORT_BUCKETS];

		while (*link != export)
			link = &(*link)->next;
		*link = export->next;
	}
	heap_free(module->exports);
}

int module_mechanism_init(void)
{
	unsigned count = (unsigned)(__exports_end - __exports_start);
	struct export *exports = heap_alloc(count * sizeof(*exports));

	for (unsigned i = 0; exports && i < count; i++)
		if (enter(&exports[i], &__exports_start[i], NULL))
			panic("module: the kernel exports %s twice", __exports_start[i].name);
	return exports ? 0 : -ENOMEM;
}
