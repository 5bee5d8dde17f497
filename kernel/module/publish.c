/*
 * Stage `publish`: in one stop of the machine the state becomes live, the memory of init goes, and
 * every CPU forgets it. Calls from outside succeed from here on.
 */
#include <kernel/stop.h>

#include <mm/tlb.h>

#include "stage_internal.h"

static int make_live(void *argument)
{
	struct loaded_module *module = argument;
	struct owner_range *ranges = module->owner->ranges;

	/* A callback of its own may have faulted since init came back. */
	if (loaded_state(module) != MODULE_LOADING)
		return -ENOTRECOVERABLE;
	owner_set_state(module->owner, MODULE_LIVE);
	if (!module->init.address)
		return 0;
	ranges[OWNER_INIT_TEXT] = (struct owner_range){0, 0};
	ranges[OWNER_INIT_DATA] = (struct owner_range){0, 0};
	page_clear(module->init.address, module->init.pages);
	page_set_owner(module->init.address, module->init.pages, module->owner->handle->slot);
	tlb_flush_stopped(module->init.address, module->init.pages);
	return 0;
}

int load_publish(struct load *load)
{
	struct loaded_module *module = load->module;

	if (stop_machine(make_live, module, NULL)) {
		load->stays = true;
		return load_refuse(load, -ENOTRECOVERABLE,
				   "a callback has faulted before it was live; the module stays, "
				   "failed");
	}
	table_renew(module);
	module_window_free_frames(&module->init, module->layout.segment[ELF_INIT_TEXT].span);
	return 0;
}
