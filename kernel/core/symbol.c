/*
 * Names of code addresses. The kernel's own table is made from its first link (tools/symbols.py):
 * entries ordered by offset from the start of text, names in one string; of several for one address
 * the last is said. Modules' come from their
 * symbol tables, which kernel/module keeps.
 */
#include <core/core.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/module_control.h>
#include <kernel/time.h>

#include <module/module.h>

extern const char __text_end[]; /* linker.ld */

static const char *kernel_symbol(uint64_t address, uint64_t *offset)
{
	uint64_t distance = address - (uint64_t)__text_start;
	uint32_t next = 0;

	if (distance >= (uint64_t)(__text_end - __text_start))
		return NULL;
	while (next < kernel_symbol_count && kernel_symbols[next].offset <= distance)
		next++;
	if (next == 0)
		return NULL;
	*offset = distance - kernel_symbols[next - 1].offset;
	return kernel_symbol_names + kernel_symbols[next - 1].name + 1;
}

static void describe_module_symbol(const struct module_symbol *symbol, char *text, size_t size)
{
	uint64_t ms = symbol->gone_for / (uint64_t)TIME_MS;
	size_t used = (size_t)format_text(text, size, "%s:%s+0x%lx", symbol->module,
					  symbol->function, symbol->offset);

	used = min(used, size - 1);
	if (symbol->gone)
		format_text(text + used, size - used, " (unloaded %lu.%03lu s ago)", ms / 1000,
			    ms % 1000);
	else if (symbol->freed_init)
		format_text(text + used, size - used, " (freed after init)");
}

void code_describe(uint64_t address, char *text, size_t size)
{
	struct module_symbol symbol;
	uint64_t offset;
	const char *name = kernel_symbol(address, &offset);

	if (name) {
		format_text(text, size, "kernel:%s+0x%lx", name, offset);
	} else if (module_symbol_find(address, &symbol)) {
		describe_module_symbol(&symbol, text, size);
	} else if (addresses_enabled) {
		format_text(text, size, "0x%lx", address);
	} else {
		strlcpy(text, "an address that is nobody's", size);
	}
}
