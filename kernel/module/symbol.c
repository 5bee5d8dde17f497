/*
 * Names for addresses in modules, and all names of one. An address is asked for when something has
 * gone wrong, from any context; answered from what each row keeps of its functions. Of modules that
 * are gone, tombstones tell where they were and what their functions were called, so that a late
 * call is reported as what it is: fixed memory, taken at boot, in which the newest ones stay. They
 * and the owners of pages change only in a stop, and a reader has preemption off from the look-up
 * to the end of the copy.
 */
#include <module/module.h>

#include <string.h>

#include <lib/format.h>
#include <lib/touch.h>

#include <kernel/delay.h>
#include <kernel/preempt.h>

#include "module_internal.h"

#define NAMES_SIZE 3072u /* of a module with more, the names are not kept */

static struct tombstone {
	char name[MODULE_NAME_SIZE];
	uint64_t start, end; /* of its text; both 0: none */
	uint64_t since;
	struct symtab symbols;
	char names[NAMES_SIZE] __aligned(8); /* what ->symbols stand in */
} tombstones[TOMBSTONES];		     /* [S] */

static unsigned next_tombstone; /* [S] */

void tombstone_add_stopped(const struct loaded_module *module)
{
	struct tombstone *tombstone = &tombstones[next_tombstone++ % TOMBSTONES];

	memcpy(tombstone->name, module->name, sizeof(tombstone->name));
	tombstone->start = module->core.address;
	tombstone->end = module->core.address + module->layout.segment[ELF_TEXT].span;
	tombstone->since = time_now();
	tombstone->symbols.entries = (struct symtab_entry *)tombstone->names;
	tombstone->symbols.size = module->symbols.size > NAMES_SIZE ? 0 : module->symbols.size;
	memcpy(tombstone->names, module->symbols.entries, tombstone->symbols.size);
}

/* @start: of the segment that @table is about and @address lies in. */
static void symbol_fill(struct module_symbol *symbol, const char *module, uint64_t address,
			uint64_t start, const struct symtab *table)
{
	uint32_t within = (uint32_t)(address - start);
	const char *function = symtab_find(table, within, &within);

	if (!function)
		function = "text";
	*symbol = (struct module_symbol){.offset = within};
	strlcpy(symbol->module, module, sizeof(symbol->module));
	escape_text(symbol->function, sizeof(symbol->function), function, strlen(function));
}

static bool find_gone(uint64_t address, struct module_symbol *symbol)
{
	const struct tombstone *found = NULL;

	for (unsigned i = 0; i < TOMBSTONES; i++) {
		const struct tombstone *tombstone = &tombstones[i];

		if (address >= tombstone->start && address < tombstone->end &&
		    (!found || tombstone->since > found->since))
			found = tombstone;
	}
	if (found) {
		symbol_fill(symbol, found->name, address, found->start, &found->symbols);
		symbol->gone = true;
		symbol->gone_for = time_now() - found->since;
	}
	return found != NULL;
}

/* With preemption off: the owner that is found stays. */
static bool find_there(uint64_t address, struct module_symbol *symbol)
{
	const struct owner *freed = owner_of_freed_init(address);
	const struct owner *owner = freed ? freed : owner_of_address(address);
	const struct loaded_module *module = owner ? owner->loader : NULL;

	if (!module)
		return false;
	delay_here();
	if (address - module->init.address < module->init.pages * PAGE_SIZE)
		symbol_fill(symbol, module->name, address, module->init.address,
			    &module->init_symbols);
	else
		symbol_fill(symbol, module->name, address, module->core.address, &module->symbols);
	symbol->freed_init = freed != NULL;
	return true;
}

bool module_symbol_find(uint64_t address, struct module_symbol *symbol)
{
	bool found;

	if (address < MODULE_WINDOW)
		return false;
	preempt_disable();
	found = find_there(address, symbol) || find_gone(address, symbol);
	preempt_enable();
	return found;
}

/* The next of the functions, whose table @next counts the bytes of, or of the exports behind them.
 */
static bool fill_line(struct symbol_line *line, const struct loaded_module *module, uint32_t *next)
{
	const struct symtab_entry *function = symtab_next(&module->symbols, next);
	uint32_t index = *next - module->symbols.size;

	if (function) {
		line->address = module->core.address + function->offset;
		line->type = function->global ? 'T' : 't';
		strlcpy(line->name, function->name, sizeof(line->name));
	} else if (index < module->export_count) {
		line->address = module->exports[index].value;
		line->type = owner_has(module->owner, OWNER_TEXT, line->address) ? 0 : 'D';
		strlcpy(line->name, module->exports[index].name, sizeof(line->name));
		*next += 1;
	}
	return function || index < module->export_count;
}

int module_symbol_describe(const char *name, uint64_t cursor, uint32_t *next,
			   struct symbol_line *line)
{
	const struct loaded_module *module;
	bool more;

	touch(name, strlen(name));
	touch_to_write(next, sizeof(*next));
	touch_to_write(line, sizeof(*line));
	mutex_lock(&module_mutex);
	module = table_find(name);
	more = module && module->serial == cursor && !module->load && fill_line(line, module, next);
	mutex_unlock(&module_mutex);
	return more ? 0 : -ENOENT;
}
