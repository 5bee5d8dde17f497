/*
 * Names for addresses in modules. Asked when something has gone wrong, from any context; answered
 * from what each row keeps of its functions, or from its tombstone.
 */
#include <module/symbol.h>

#include <string.h>

#include <lib/format.h>

#include "module_internal.h"

void symbol_name(struct module_symbol *symbol, const char *function)
{
	if (!function)
		function = "text";
	escape_text(symbol->function, sizeof(symbol->function), function, strlen(function));
}

static void find_in(const struct loaded_module *module, uint64_t address,
		    struct module_symbol *symbol)
{
	bool in_init = owner_has(module->owner, OWNER_INIT_TEXT, address);
	uint64_t start = in_init ? module->init.address : module->core.address;
	const struct symtab *table = in_init ? &module->init_symbols : &module->symbols;
	const char *function = NULL;
	uint32_t within = 0;

	if (table->count > 0)
		function = symtab_find(table, (uint32_t)(address - start), &within);
	strlcpy(symbol->module, module->name, sizeof(symbol->module));
	symbol_name(symbol, function);
	symbol->offset = function ? within : address - start;
	symbol->gone = false;
	symbol->gone_for = 0;
}

bool module_symbol_find(uint64_t address, struct module_symbol *symbol)
{
	struct owner *owner;

	if (address < MODULE_WINDOW)
		return false;
	owner = owner_of_address(address);
	if (!owner || !owner->loader)
		return tombstone_find(address, symbol);
	find_in(owner->loader, address, symbol);
	return true;
}
