/*
 * Tombstones: where modules were that are gone, and what their functions were called, so that a
 * late call is reported as what it is. Fixed memory, taken at boot: the newest ones stay. Readers
 * may come from any context and take no lock; what they read may be overwritten under them, so
 * everything is bounded by the store and ends in a NUL there.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/spinlock.h>
#include <kernel/time.h>

#include <module/symbol.h>

#include "module_internal.h"

#define TOMBSTONES 64u
#define NAMES_SIZE (96u << 10)
#define NAMES_EACH (16u << 10) /* of a module with more, the names are not kept */

struct tombstone {
	char name[MODULE_NAME_SIZE];
	uint64_t start, end; /* of its text; start 0: none */
	uint64_t since;
	struct symtab symbols; /* its table stands in the store; count 0: not (any more) */
	uint64_t from;	       /* where in the store, in bytes ever written */
};

static DEFINE_SPINLOCK(tombstone_lock);
static struct tombstone tombstones[TOMBSTONES]; /* [L] */
static unsigned next_tombstone;			/* [L] */
static char names[NAMES_SIZE] __aligned(8);	/* [L] */
static uint64_t written;			/* [L] bytes ever, as if the store were endless */

/* A piece of the store that does not go around its end. */
static char *take_names(size_t size)
{
	uint64_t at = align_up(written, 8);

	if (at % NAMES_SIZE + size > NAMES_SIZE)
		at = align_up(at, NAMES_SIZE);
	written = at + size;
	for (unsigned i = 0; i < TOMBSTONES; i++)
		if (tombstones[i].from + NAMES_SIZE < written)
			tombstones[i].symbols.count = 0;
	return names + at % NAMES_SIZE;
}

static void keep_names(struct tombstone *tombstone, const struct loaded_module *module)
{
	char *copy;

	if (module->symbols.count == 0 || module->symbol_size > NAMES_EACH)
		return;
	copy = take_names(module->symbol_size);
	memcpy(copy, module->symbols.entries, module->symbol_size);
	tombstone->from = written - module->symbol_size;
	tombstone->symbols.entries = (const struct symtab_entry *)copy;
	tombstone->symbols.count = module->symbols.count;
}

void tombstone_add(const struct loaded_module *module)
{
	struct tombstone *tombstone;

	spin_lock(&tombstone_lock);
	tombstone = &tombstones[next_tombstone++ % TOMBSTONES];
	tombstone->start = 0;
	tombstone->symbols.count = 0;
	memcpy(tombstone->name, module->name, sizeof(tombstone->name));
	keep_names(tombstone, module);
	tombstone->since = time_now();
	tombstone->end = module->core.address + module->layout.segment[ELF_TEXT].span;
	WRITE_ONCE(tombstone->start, module->core.address);
	spin_unlock(&tombstone_lock);
}

static const struct tombstone *newest_at(uint64_t address)
{
	const struct tombstone *found = NULL;

	for (unsigned i = 0; i < TOMBSTONES; i++) {
		const struct tombstone *tombstone = &tombstones[i];

		if (tombstone->start && address >= tombstone->start && address < tombstone->end &&
		    (!found || tombstone->since > found->since))
			found = tombstone;
	}
	return found;
}

bool tombstone_find(uint64_t address, struct module_symbol *symbol)
{
	bool locked = spin_trylock(&tombstone_lock);
	const struct tombstone *found = newest_at(address);
	const char *function = NULL;
	uint32_t within = 0;

	if (found) {
		if (locked && found->symbols.count > 0)
			function = symtab_find(&found->symbols, (uint32_t)(address - found->start),
					       &within);
		memcpy(symbol->module, found->name, sizeof(symbol->module));
		symbol_name(symbol, function);
		symbol->offset = function ? within : address - found->start;
		symbol->gone = true;
		symbol->gone_for = time_now() - found->since;
	}
	if (locked)
		spin_unlock(&tombstone_lock);
	return found != NULL;
}
