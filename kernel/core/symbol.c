/*
 * Names of code addresses. The kernel's own table is made from its first link (tools/symbols.py):
 * entries ordered by offset from the start of text, names in one string. Modules' come from their
 * symbol tables, which kernel/module keeps.
 */
#include <core/core.h>

#include <lib/format.h>

#include <kernel/time.h>

#include <module/module.h>

struct kernel_symbol {
	uint32_t offset; /* from __text_start */
	uint32_t name;	 /* in kernel_symbol_names */
};

extern const struct kernel_symbol kernel_symbols[];
extern const uint32_t kernel_symbol_count;
extern const char kernel_symbol_names[];
extern const char __text_start[], __text_end[]; /* linker.ld */

static const char *kernel_symbol(uint64_t address, uint64_t *offset)
{
	uint64_t start = (uint64_t)__text_start;
	uint32_t low = 0, high = kernel_symbol_count;

	if (address < start || address >= (uint64_t)__text_end)
		return NULL;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (kernel_symbols[middle].offset <= address - start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	*offset = address - start - kernel_symbols[low - 1].offset;
	return kernel_symbol_names + kernel_symbols[low - 1].name;
}

static void describe_module(const struct module_symbol *symbol, char *text, size_t size)
{
	int used = format_text(text, size, "%s:%s+0x%lx", symbol->module, symbol->function,
			       symbol->offset);
	uint64_t ms = symbol->gone_for / (uint64_t)TIME_MS;

	if (symbol->gone && (size_t)used < size)
		format_text(text + used, size - (size_t)used, " (unloaded %lu.%03lu s ago)",
			    ms / 1000, ms % 1000);
}

void symbol_describe(uint64_t address, char *text, size_t size)
{
	struct module_symbol symbol;
	uint64_t offset;
	const char *name = kernel_symbol(address, &offset);

	if (name)
		format_text(text, size, "kernel:%s+0x%lx", name, offset);
	else if (module_symbol_find(address, &symbol))
		describe_module(&symbol, text, size);
	else if (addresses_enabled)
		format_text(text, size, "0x%lx", address);
	else
		format_text(text, size, "an address that is nobody's");
}
