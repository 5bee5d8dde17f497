/*
 * The stages that can be undone without a trace, first half: what the file says of itself, its
 * name, and the modules it needs. A dependency is held (a use-link and one reference) from the
 * moment it is found, so that nothing found here can go before the load ends.
 *
 * A load may have to wait for a row that another thread is loading or unloading. It says so in
 * ->awaited before it gives the mutex up. Only the innermost load of a thread waits, so the chain
 * of who waits for whom can be followed, under the mutex, from a row to the load that makes it, in
 * to the innermost one of its thread, and on to what that one awaits. The load that would close a
 * circle sees it and is refused: nobody waits for itself.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/hash.h>

#include <kernel/heap.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include "load_internal.h"

#define AWAIT_LIMIT TIME_SECOND

int load_validate(struct load *load)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	uint64_t cursor = 0;
	const char *vermagic;
	char built[FOREIGN_SIZE];

	if (module_file_validate(load->source.bytes, load->source.size, &limits, &load->file,
				 &load->diag))
		return load_diagnosed(load);
	vermagic = module_file_info(&load->file, "vermagic", &cursor);
	if (vermagic && strcmp(vermagic, MODULE_VERMAGIC) == 0)
		return 0;
	return load_refuse(load, -ENOEXEC, "was built for \"%s\", this kernel is \"%s\"",
			   vermagic ? foreign(vermagic, built) : "(no vermagic)", MODULE_VERMAGIC);
}

/* The next in the chain of who waits for whom; NULL: it does not wait. */
static const struct load *next_waiting(const struct load *load)
{
	if (load->inner)
		return load->inner;
	return load->awaited ? load->awaited->load : NULL;
}

/* Would waiting for @module end never? Then the load of this thread that is waited for. */
static const struct load *circle(const struct loaded_module *module)
{
	const struct load *load = module->load;

	while (load && load->thread != thread_current())
		load = next_waiting(load);
	return load;
}

/* With the chain: "a needs b needs a". */
static int refuse_circle(struct load *load, const struct load *start)
{
	char text[256];
	size_t used = 0;
	const struct load *step = start;

	do {
		used += (size_t)format_text(text + used, sizeof(text) - used, "%s needs ",
					    step->file.name);
		used = min(used, sizeof(text) - 1);
		step = next_waiting(step);
	} while (step != start);
	return load_refuse(load, -ELOOP, "%s%s", text, start->file.name);
}

/* Until @module is neither loading nor leaving: the result of its load; 1: the time is up. */
static int await(struct load *load, struct loaded_module *module, uint64_t deadline)
{
	bool settled;
	int result;

	module->references++;
	mutex_unlock(&module_mutex);
	settled = wait_event_until(
	    &module_changed, !READ_ONCE(module->load) && !READ_ONCE(module->leaving), deadline);
	mutex_lock(&module_mutex);
	load->awaited = NULL;
	result = settled ? module->result : 1;
	row_put(module);
	return result;
}

static int await_name(struct load *load, struct loaded_module *other)
{
	enum module_state state = loaded_state(other);
	int error;

	if (load->outer && load->outer->stage == STAGE_DEPEND)
		return -EEXIST; /* it is needed, and there: the outer load waits for it */
	if (other->load && circle(other))
		return load_refuse(load, -EEXIST,
				   "is being loaded already, by a load that waits for this one");
	load->awaited = other;
	if (other->load) {
		error = await(load, other, WAIT_FOREVER);
		if (!error)
			return load_refuse(load, -EEXIST, "has just been loaded by another");
		return load_refuse(load, error, "was being loaded by another, which failed: %s",
				   errno_text(error));
	}
	if (state == MODULE_UNLOADING && await(load, other, time_now() + AWAIT_LIMIT) <= 0)
		return LOAD_AGAIN;
	load->awaited = NULL;
	return load_refuse(load, -EEXIST, "is there already, %s%s", module_state_name(state),
			   state == MODULE_FAILED ? "; unload -f removes it" : "");
}

int load_reserve(struct load *load)
{
	struct loaded_module *module = table_find(load->file.name);
	int error;

	if (module)
		return await_name(load, module);
	module = heap_alloc_zeroed(sizeof(*module));
	if (!module)
		return load_no_memory(load);
	load->module = module;
	memcpy(module->name, load->file.name, sizeof(module->name));
	list_init(&module->all);
	module->references = 1;
	module->layout = load->file.image.layout;
	error = owner_create(module->name, &module->owner);
	if (error == -ENOMEM)
		return load_no_memory(load);
	if (error)
		return load_refuse(load, error, "the table of %d modules is full", OWNER_SLOTS - 1);
	module->owner->loader = module;
	module->load = load;
	table_add(module);
	return 0;
}

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
	start = circle(module);
	if (start) {
		error = refuse_circle(load, start);
		load->awaited = NULL;
		return error;
	}
	if (state != MODULE_FAILED && await(load, module, time_now() + AWAIT_LIMIT) <= 0)
		return LOAD_AGAIN;
	load->awaited = NULL;
	return load_refuse(load, -EBUSY, "%s%sneeds %s, which is %s", why, *why ? ": " : "", name,
			   state == MODULE_FAILED ? "there but failed" : module_state_name(state));
}

/* Holds @name, once it is there and, if it is needed for @symbol, has had the time to export it. */
static int need(struct load *load, const char *name, const char *symbol)
{
	struct loaded_module *module = table_find(name);

	if (module && (!*symbol || loaded_state(module) != MODULE_LIVE))
		return hold(load, module, symbol);
	if (strcmp(load->tried, name) != 0) {
		strlcpy(load->tried, name, sizeof(load->tried));
		strlcpy(load->tried_for, symbol, sizeof(load->tried_for));
		return module ? LOAD_AGAIN : LOAD_NEEDS;
	}
	if (*symbol)
		return load_refuse(
		    load, -ENOENT,
		    "undefined symbol %s: /modules/%s.ko should export it and does not", symbol,
		    name);
	return load_refuse(load, -ENOENT, "needs %s, and /modules/%s.ko is not it", name, name);
}

/* Nobody exports @symbol: which module would? */
static int need_exporter(struct load *load, const char *symbol)
{
	char name[MODULE_NAME_SIZE];
	char quoted[FOREIGN_SIZE];
	int error;

	mutex_unlock(&module_mutex); /* as for the module's own file */
	error = source_exporter(symbol, name);
	mutex_lock(&module_mutex);
	foreign(symbol, quoted);
	if (error)
		return load_refuse(load, -ENOENT, "undefined symbol %s: nobody exports it", quoted);
	if (load->flags & MODULE_NO_DEPENDENCIES)
		return load_refuse(load, -ENOENT,
				   "undefined symbol %s: /modules/%s.ko would export it", quoted,
				   name);
	return need(load, name, quoted);
}

/* Holds who exports @symbol; the kernel needs no holding. @last is held already. */
static int hold_exporter(struct load *load, const char *symbol, bool weak,
			 struct loaded_module **last)
{
	const struct export *export = export_find(symbol, hash_text32(symbol));
	char quoted[FOREIGN_SIZE];
	int error = 0;

	if (!export)
		return weak ? 0 : need_exporter(load, symbol);
	if (export->owner && export->owner != *last)
		error = hold(load, export->owner, foreign(symbol, quoted));
	if (error)
		return error;
	if (export->owner)
		*last = export->owner;
	if (export->flags & MODULE_EXPORT_UNSAFE)
		strlcpy(load->unsafe_symbol, symbol, sizeof(load->unsafe_symbol));
	return 0;
}

/* insmod looks at symbols only, as on Linux. */
int load_depend(struct load *load)
{
	bool named = !(load->flags & MODULE_NO_DEPENDENCIES);
	struct loaded_module *last = NULL;
	char name[MODULE_NAME_SIZE];
	uint64_t line = 0;
	uint32_t cursor = 0;
	const char *list, *symbol;
	bool weak;
	int error = 0;

	while (named && (list = module_file_info(&load->file, "depends", &line)))
		while (!error && module_depends_next(&list, name))
			error = need(load, name, "");
	load->costs.symbols = 0;
	while (!error && elf_next_undefined(&load->file.image, &cursor, &symbol, &weak)) {
		load->costs.symbols++;
		if (strcmp(symbol, "__this_module") != 0)
			error = hold_exporter(load, symbol, weak, &last);
	}
	return error;
}
