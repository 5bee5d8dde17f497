/*
 * The stages that can be undone without a trace, first half: what the file says of itself, its
 * name, and the modules it needs. A dependency is held (a use-link and one reference) from the
 * moment it is found, so that nothing found here can go before the load ends.
 */
#include <string.h>

#include <lib/hash.h>

#include <kernel/heap.h>

#include "load_internal.h"

static int other_abi(struct load *load)
{
	const char *vermagic = module_file_info(&load->file, "vermagic", 0);
	char built[FOREIGN_SIZE];

	if (vermagic && strcmp(vermagic, MODULE_VERMAGIC) == 0)
		return 0;
	return report_reason(load->report, -ENOEXEC, "was built for \"%s\", this kernel is \"%s\"",
			     vermagic ? foreign(vermagic, built) : "(no vermagic)",
			     MODULE_VERMAGIC);
}

int load_validate(struct load *load)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;

	if (module_file_validate(load->source.bytes, load->source.size, &limits, &load->file,
				 &load->diag))
		return load_diagnosed(load);
	return other_abi(load);
}

int load_reserve(struct load *load)
{
	struct loaded_module *module = heap_alloc_zeroed(sizeof(*module));
	int error;

	if (!module)
		return load_no_memory(load);
	load->module = module;
	memcpy(module->name, load->file.name, sizeof(module->name));
	list_init(&module->all);
	list_init(&module->answers);
	module->layout = load->file.image.layout;
	error = owner_create(module->name, &module->owner);
	if (error == -ENOMEM)
		return load_no_memory(load);
	if (error)
		return report_reason(load->report, error, "the table of %d modules is full",
				     OWNER_SLOTS - 1);
	module->owner->loader = module;
	return load_take_name(load);
}

/* Holds the module @name: 0, LOAD_NEEDS when it is not there, or what waiting for it gave. */
static int hold_by_name(struct load *load, const char *name)
{
	struct loaded_module *module;
	int error = LOAD_NEEDS;

	table_lock();
	module = table_find_locked(name);
	if (module)
		error = owner_add_dependency(load->module->owner, module->owner);
	table_unlock();
	if (error == -ENOMEM)
		return load_no_memory(load);
	if (error != -ENODEV)
		return error;
	error = load_await(load, name, "");
	return error ? error : -EAGAIN;
}

static int hold_needed(struct load *load, const char *name)
{
	int error;

	do {
		error = hold_by_name(load, name);
	} while (error == -EAGAIN);
	if (error != LOAD_NEEDS)
		return error;
	if (strcmp(load->tried, name) == 0)
		return report_reason(load->report, -ENOENT,
				     "needs %s, and /modules/%s.ko is not it", name, name);
	strlcpy(load->needs, name, sizeof(load->needs));
	load->needed_by_symbol[0] = '\0';
	return LOAD_NEEDS;
}

static int hold_named(struct load *load)
{
	char name[MODULE_NAME_SIZE];
	const char *list;
	int error = 0;

	for (unsigned i = 0; !error && (list = module_file_info(&load->file, "depends", i)); i++)
		while (!error && module_depends_next(&list, name))
			error = hold_needed(load, name);
	return error;
}

/* Is @name there? Then waits until it is live, or gone again. */
static int await_exporter(struct load *load, const char *name, const char *symbol, bool *live)
{
	struct loaded_module *module;
	bool there;

	table_lock();
	module = table_find_locked(name);
	there = module != NULL;
	*live = there && loaded_state(module) == MODULE_LIVE;
	table_unlock();
	return there && !*live ? load_await(load, name, symbol) : LOAD_NEEDS;
}

/* Nobody exports @symbol: which module would? -EAGAIN: look again, it may be there by now. */
static int need_exporter(struct load *load, const char *symbol)
{
	char name[MODULE_NAME_SIZE];
	char quoted[FOREIGN_SIZE];
	bool live;
	int error;

	foreign(symbol, quoted);
	if (source_exporter(symbol, name))
		return report_reason(load->report, -ENOENT,
				     "undefined symbol %s: nobody exports it", quoted);
	if (load->flags & MODULE_NO_DEPENDENCIES)
		return report_reason(load->report, -ENOENT,
				     "undefined symbol %s: /modules/%s.ko would export it", quoted,
				     name);
	error = await_exporter(load, name, quoted, &live);
	if (error != LOAD_NEEDS)
		return error ? error : -EAGAIN;
	if (live || strcmp(load->tried, name) == 0)
		return report_reason(load->report, -ENOENT,
				     "undefined symbol %s: /modules/%s.ko should export it and "
				     "does not",
				     quoted, name);
	strlcpy(load->needs, name, sizeof(load->needs));
	strlcpy(load->needed_by_symbol, symbol, sizeof(load->needed_by_symbol));
	return LOAD_NEEDS;
}

/* Holds who exports @symbol: 0 (the kernel needs no holding), -ENOENT, or -EAGAIN after a wait. */
static int hold_exporter(struct load *load, const char *symbol, struct loaded_module **last)
{
	struct export *export;
	char owner[MODULE_NAME_SIZE];
	char quoted[FOREIGN_SIZE];
	int error = -ENOENT;

	table_lock();
	export = export_find_locked(symbol, hash_text32(symbol));
	if (export) {
		error = 0;
		if (export->owner && export->owner != *last) {
			strlcpy(owner, export->owner->name, sizeof(owner));
			error = owner_add_dependency(load->module->owner, export->owner->owner);
		}
		if (!error && (export->flags & MODULE_EXPORT_UNSAFE))
			strlcpy(load->unsafe_symbol, symbol, sizeof(load->unsafe_symbol));
		if (!error && export->owner)
			*last = export->owner; /* held now, so the pointer stays good */
	}
	table_unlock();
	if (error == -ENOMEM)
		return load_no_memory(load);
	if (error != -ENODEV)
		return error;
	error = load_await(load, owner, foreign(symbol, quoted));
	return error ? error : -EAGAIN;
}

static int hold_exporters(struct load *load)
{
	struct loaded_module *last = NULL;
	uint32_t cursor = 0;
	const char *symbol;
	bool weak;
	int error = 0;

	while (!error && elf_next_undefined(&load->file.image, &cursor, &symbol, &weak)) {
		load->costs.symbols++;
		if (strcmp(symbol, "__this_module") == 0)
			continue;
		do {
			error = hold_exporter(load, symbol, &last);
			if (error == -ENOENT)
				error = weak ? 0 : need_exporter(load, symbol);
		} while (error == -EAGAIN);
	}
	return error;
}

/* insmod looks at symbols only, as on Linux. */
int load_depend(struct load *load)
{
	int error = load->flags & MODULE_NO_DEPENDENCIES ? 0 : hold_named(load);

	load->costs.symbols = 0;
	return error ? error : hold_exporters(load);
}
