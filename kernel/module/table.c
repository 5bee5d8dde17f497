/*
 * The module table: every module by name, and in order of becoming live, newest first. A row is
 * entered before anything of its module is visible and taken out after everything of it is gone, so
 * that a name is taken for exactly as long as something of its owner can be met. Look-ups cost the
 * same whatever the number of modules.
 */
#include <string.h>

#include <kernel/heap.h>

#include <arch/hash_key.h>

#include "module_internal.h"

#define TABLE_BUCKETS 1024u

DEFINE_MUTEX(module_mutex);

static struct loaded_module *by_name[TABLE_BUCKETS]; /* [M] */
static LIST_HEAD(newest_first);			     /* [M] */
static uint64_t last_serial;			     /* [M] */

static struct loaded_module **bucket_of(const char *name)
{
	return &by_name[hash_text(&hash_key, name) % TABLE_BUCKETS];
}

struct loaded_module *table_find(const char *name)
{
	struct loaded_module *module = *bucket_of(name);

	while (module && strcmp(module->name, name) != 0)
		module = module->next_by_name;
	return module;
}

struct loaded_module *table_after(const char *name, uint64_t serial)
{
	struct loaded_module *module = name ? table_find(name) : NULL;
	struct list_node *next;

	if (module && module->serial == serial) {
		next = module->all.next;
		return next == &newest_first ? NULL : list_entry(next, struct loaded_module, all);
	}
	list_for_each(module, &newest_first, all)
		if (!name || module->serial < serial)
			return module;
	return NULL;
}

void table_renew(struct loaded_module *module)
{
	module->serial = ++last_serial;
	list_remove(&module->all);
	list_add_first(&newest_first, &module->all);
}

void table_add(struct loaded_module *module)
{
	struct loaded_module **bucket = bucket_of(module->name);

	module->next_by_name = *bucket;
	*bucket = module;
	table_renew(module);
}

void table_remove(struct loaded_module *module)
{
	struct loaded_module **link = bucket_of(module->name);

	while (*link != module)
		link = &(*link)->next_by_name;
	*link = module->next_by_name;
	list_remove(&module->all);
}

void loaded_module_put(struct loaded_module *module)
{
	if (--module->references == 0)
		heap_free(module);
}
