/*
 * Stage `depend`: the modules that the file needs, by its lines `depends=` and by its undefined
 * symbols. A dependency is held (a use-link and one reference) from the moment it is found, so that
 * nothing found here can go before the load ends. The mutex is held for one symbol at a time: lsmod
 * and other loads need it too.
 */
#include <string.h>

#include <kernel/heap.h>

#include "stage_internal.h"

#define UNDEFINED "undefined symbol %pT"

/* Holds @module, or waits until that can be tried again. @why: the symbol and ": ", or "". */
static int hold(struct load *load, struct loaded_module *module, const char *why)
{
	int error = owner_add_dependency(load->module->owner, module->owner);
	enum module_state state = loaded_state(module);
	const struct load *start;
	char name[MODULE_NAME_SIZE];

	if (error != -ENODEV)
		return error ? load_no_memory(load) : 0;
	strlcpy(name, module->name, sizeof(name));
	load->awaited = module;
	start = waits_for_this_thread(module);
	if (start) {
		error = refuse_circle(load, start);
		load->awaited = NULL;
		return error;
	}
	if (state != MODULE_FAILED &&
	    wait_until_settled(load, module, time_now() + AWAIT_LIMIT) <= 0)
		return LOAD_AGAIN;
	load->awaited = NULL;
	return load_refuse(load, -EBUSY, "%pE%sneeds %s, which is %s", why, *why ? ": " : "", name,
			   state == MODULE_FAILED ? "there but failed" : module_state_name(state));
}

/* Holds @name, once it is there and, if it is needed for @symbol, has had the time to export it. */
static int need(struct load *load, const char *name, const char *symbol)
{
	struct loaded_module *module = table_find(name);

	if (module && (!*symbol || loaded_state(module) != MODULE_LIVE))
		return hold(load, module, symbol);
	if (!module || strcmp(load->tried, name) != 0) {
		strlcpy(load->tried, name, sizeof(load->tried));
		strlcpy(load->tried_for, symbol, sizeof(load->tried_for));
		return module ? LOAD_AGAIN : LOAD_NEEDS;
	}
	return load_refuse(load, -ENOENT,
			   UNDEFINED ": /modules/%s.ko should export it and does not", symbol,
			   name);
}

/* No module exports @symbol: which file would? */
static int need_exporter(struct load *load, const char *symbol)
{
	char name[MODULE_NAME_SIZE];
	int error;

	mutex_unlock(&module_mutex); /* as for the module's own file */
	error = load->flags & MODULE_NO_DEPENDENCIES ? -ENOENT : source_exporter(symbol, name);
	mutex_lock(&module_mutex);
	if (error)
		return load_refuse(load, error, UNDEFINED, symbol);
	error = need(load, name, symbol);
	return error ? error : LOAD_AGAIN; /* held now, and may export it */
}

/*
 * Holds the module that exports @symbol, so that its *@value stays true; what the kernel exports
 * does, and a weak symbol that nothing exports is 0. @last is held already.
 */
static int hold_exporter(struct load *load, const char *symbol, bool weak, uint64_t *value,
			 struct loaded_module **last)
{
	const struct export *export;
	int error = 0;

	if (strcmp(symbol, "__this_module") == 0) {
		*value = (uint64_t)load->module->owner->handle;
		return 0;
	}
	export = export_find(symbol);
	*value = export ? export->value : 0;
	if (!export)
		return weak ? 0 : need_exporter(load, symbol);
	if (export->owner && export->owner != *last)
		error = hold(load, export->owner, symbol);
	if (error)
		return error;
	if (export->owner)
		*last = export->owner;
	if (export->flags & MODULE_EXPORT_UNSAFE)
		strlcpy(load->unsafe_symbol, symbol, sizeof(load->unsafe_symbol));
	return 0;
}

/*
 * Begins anew each time that the stage is asked: a weak symbol may be exported by now. The reason
 * tells the first symbol that nothing exports; each further one is a line below it.
 */
static int hold_exporters(struct load *load)
{
	struct loaded_module *last = NULL;
	uint64_t *value = load->imports;
	uint32_t cursor = 0;
	const char *symbol;
	bool weak;
	int error = 0;

	while ((!error || error == -ENOENT) &&
	       elf_next_undefined(&load->file.image, &cursor, &symbol, &weak)) {
		mutex_lock(&module_mutex);
		if (!error)
			error = hold_exporter(load, symbol, weak, value++, &last);
		else if (!weak && !export_find(symbol) && strcmp(symbol, "__this_module") != 0)
			report_line(load->report, UNDEFINED, symbol);
		mutex_unlock(&module_mutex);
	}
	return error;
}

/* insmod looks at symbols only, as on Linux. */
int load_depend(struct load *load)
{
	bool named = !(load->flags & MODULE_NO_DEPENDENCIES);
	char name[MODULE_NAME_SIZE];
	const char *list;
	uint64_t line = 0;
	int error = 0;

	while (named && (list = module_file_info(&load->file, "depends", &line)))
		while (!error && module_depends_next(&list, name)) {
			mutex_lock(&module_mutex);
			error = need(load, name, "");
			mutex_unlock(&module_mutex);
		}
	if (error)
		return error;
	load->costs.symbols = load->file.image.undefined_count;
	if (!load->imports) /* one more: none would be no error */
		load->imports = heap_alloc((load->costs.symbols + 1) * sizeof(*load->imports));
	return load->imports ? hold_exporters(load) : load_no_memory(load);
}
