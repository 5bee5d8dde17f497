/*
 * Stage `reserve`: the name and a slot of the owner table, with the state `loading`, before
 * anything of the module can be seen. A load whose name is taken waits until the other load has
 * ended.
 */
#include <string.h>

#include <kernel/heap.h>

#include "stage_internal.h"

/* A load that only asks (-n) is waited for like any other, and then the name is free. */
static int await_other(struct load *load, struct loaded_module *other)
{
	enum module_state state = loaded_state(other);
	bool asks = other->load && (other->load->flags & MODULE_DRY_RUN);
	int error;

	if (load->outer && load->outer->stage == STAGE_DEPEND)
		return -EEXIST; /* it is needed, and there: the outer load waits for it */
	if (other->load && waits_for_this_thread(other))
		return load_refuse(load, -EEXIST,
				   "is being loaded already, by a load that waits for this one");
	other->asked_for = true;
	load->awaited = other;
	if (other->load) {
		error = wait_until_settled(load, other, WAIT_FOREVER);
		if (asks)
			return LOAD_AGAIN;
		if (!error)
			return load_refuse(load, -EEXIST, "has just been loaded by another");
		return load_refuse(load, error, "was being loaded by another, which failed: %s",
				   errno_text(error));
	}
	if (state == MODULE_UNLOADING &&
	    wait_until_settled(load, other, time_now() + AWAIT_LIMIT) <= 0)
		return LOAD_AGAIN;
	load->awaited = NULL;
	return load_refuse(load, -EEXIST, "is there already, %s%s", module_state_name(state),
			   state == MODULE_FAILED ? "; unload -f removes it" : "");
}

/* @other has the name, which a path does not tell. */
static int await_name(struct load *load, struct loaded_module *other)
{
	uint32_t prefix = load->report->prefix;
	int error;

	if (strchr(load->subject, '/'))
		report_prefix(load->report, "holds the module %s, which ", other->name);
	error = await_other(load, other);
	load->report->prefix = prefix;
	return error;
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
