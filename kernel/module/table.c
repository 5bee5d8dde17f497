/*
 * The module table: every module by name, and in order of becoming live, newest first. A row is
 * entered before anything of its module is visible and taken out after everything of it is gone, so
 * that a name is taken for exactly as long as something of its owner can be met. Look-ups cost the
 * same whatever the number of modules.
 */
#include <string.h>

#include <lib/hash.h>

#include <kernel/spinlock.h>
#include <kernel/statistics.h>

#include "module_internal.h"

#define TABLE_BUCKETS 1024u

DEFINE_WAIT_QUEUE(module_changed);
DEFINE_MUTEX(memory_mutex);

static DEFINE_SPINLOCK(module_table_lock);
static struct loaded_module *by_name[TABLE_BUCKETS];   /* [T] */
static struct loaded_module *by_serial[TABLE_BUCKETS]; /* [T] */
static LIST_HEAD(newest_first);			       /* [T] */
static uint64_t last_serial;			       /* [T] */
static unsigned row_count;			       /* [T] */

void table_lock(void)
{
	spin_lock(&module_table_lock);
}

void table_unlock(void)
{
	spin_unlock(&module_table_lock);
}

struct loaded_module *table_find_locked(const char *name)
{
	uint32_t hash = hash_text32(name);
	struct loaded_module *module = by_name[hash % TABLE_BUCKETS];

	while (module && (module->hash != hash || strcmp(module->name, name) != 0))
		module = module->next_by_name;
	return module;
}

static struct loaded_module *find_serial(uint64_t serial)
{
	struct loaded_module *module = by_serial[serial % TABLE_BUCKETS];

	while (module && module->serial != serial)
		module = module->next_by_serial;
	return module;
}

struct loaded_module *table_before_locked(uint64_t serial)
{
	struct loaded_module *module = find_serial(serial);

	if (module)
		return module->all.next == &newest_first
			   ? NULL
			   : list_entry(module->all.next, struct loaded_module, all);
	/* The row that the caller saw last is gone: look for its place. */
	list_for_each(module, &newest_first, all) {
		if (module->serial < serial)
			return module;
	}
	return NULL;
}

static void order_add(struct loaded_module *module)
{
	struct loaded_module **bucket;

	module->serial = ++last_serial;
	bucket = &by_serial[module->serial % TABLE_BUCKETS];
	module->next_by_serial = *bucket;
	*bucket = module;
	list_add_first(&newest_first, &module->all);
}

static void order_remove(struct loaded_module *module)
{
	struct loaded_module **link = &by_serial[module->serial % TABLE_BUCKETS];

	while (*link != module)
		link = &(*link)->next_by_serial;
	*link = module->next_by_serial;
	list_remove(&module->all);
}

void table_add_locked(struct loaded_module *module)
{
	struct loaded_module **bucket;

	module->hash = hash_text32(module->name);
	bucket = &by_name[module->hash % TABLE_BUCKETS];
	module->next_by_name = *bucket;
	*bucket = module;
	order_add(module);
	row_count++;
}

void table_remove_locked(struct loaded_module *module)
{
	struct loaded_module **link = &by_name[module->hash % TABLE_BUCKETS];

	while (*link != module)
		link = &(*link)->next_by_name;
	*link = module->next_by_name;
	order_remove(module);
	row_count--;
}

void table_renew_locked(struct loaded_module *module)
{
	order_remove(module);
	order_add(module);
}

unsigned module_count(void)
{
	return READ_ONCE(row_count);
}
EXPORT_SYMBOL(module_count);
