/*
 * The conservative look: while the machine is stopped, is there any word on any stack that leads
 * into the text of a module that is to go? Saved registers of whoever does not run lie on its
 * stack, so this finds everybody who is inside, or will return into it. A number that happens to
 * look like an address counts as well: a false hit only refuses.
 */
#include <lib/format.h>

#include <kernel/preempt.h>

#include <sched/thread.h>

#include "module_internal.h"

struct look {
	struct loaded_module *first;
	struct look_hit *hit;
};

static bool is_text_of(const struct loaded_module *module, uint64_t address)
{
	return address - module->core.address < module->layout.segment[ELF_TEXT].span ||
	       address - module->init.address < module->layout.segment[ELF_INIT_TEXT].span;
}

static struct loaded_module *owner_among(struct loaded_module *first, uint64_t address)
{
	struct loaded_module *module = first;

	if (address < MODULE_WINDOW)
		return NULL;
	while (module && !is_text_of(module, address))
		module = module->next_leaving;
	return module;
}

static struct loaded_module *on_stack(const struct thread *thread, struct loaded_module *first)
{
	struct loaded_module *module = NULL;
	uint64_t low, high;

	if (!thread_stack_stopped(thread, &low, &high))
		return NULL;
	for (const uint64_t *word = (const uint64_t *)low; !module && (uint64_t)word < high; word++)
		module = owner_among(first, *word);
	return module;
}

static struct loaded_module *own_thread(const struct thread *thread, struct loaded_module *first)
{
	struct loaded_module *module = first;

	while (module && thread->owner != module->owner->module)
		module = module->next_leaving;
	return thread->state == THREAD_DEAD ? NULL : module;
}

static int look_at(struct thread *thread, void *argument)
{
	struct look *look = argument;
	struct loaded_module *module;

	if (thread == thread_current())
		return 0;
	module = own_thread(thread, look->first);
	if (!module)
		module = on_stack(thread, look->first);
	if (!module)
		return 0;
	look->hit->module = module;
	format_text(look->hit->thread, sizeof(look->hit->thread), "%s", thread->name);
	return 1;
}

bool look_stopped(struct loaded_module *first, struct look_hit *hit)
{
	struct look look = {first, hit};

	hit->module = NULL;
	return thread_for_each_stopped(look_at, &look) != 0;
}
