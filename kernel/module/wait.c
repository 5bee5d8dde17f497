/*
 * The order of loads. Each load is done by one thread; loads of a thread form a chain (->outer,
 * ->inner): a load that needs another module, or whose init loads one. A load may wait for a row
 * that another thread is loading or unloading. Before it does, the chain of who waits for whom is
 * followed, under the table's lock: a wait that would close a circle is refused with the chain, so
 * loads never wait for each other for ever.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "load_internal.h"

#define AWAIT_LIMIT TIME_SECOND

static LIST_HEAD(active_loads); /* [T] */

void load_enter(struct load *load)
{
	struct load *other;

	load->thread = thread_current();
	table_lock();
	list_for_each(other, &active_loads, active) {
		if (other->thread == load->thread && !other->inner)
			load->outer = other;
	}
	if (load->outer)
		load->outer->inner = load;
	list_add_last(&active_loads, &load->active);
	table_unlock();
}

void load_leave(struct load *load)
{
	table_lock();
	if (load->outer)
		load->outer->inner = NULL;
	list_remove(&load->active);
	table_unlock();
}

static struct load *innermost(struct load *load)
{
	while (load->inner)
		load = load->inner;
	return load;
}

/* Would waiting for @module end never? Then the load of this thread that is waited for. */
static struct load *circle_locked(struct load *load, const struct loaded_module *module)
{
	while (module && module->load) {
		if (module->load->thread == load->thread)
			return module->load;
		module = innermost(module->load)->awaited;
	}
	return NULL;
}

struct chain {
	char text[256];
	size_t used;
};

static void chain_add(struct chain *chain, const char *name)
{
	size_t room = sizeof(chain->text) - chain->used;
	int length = format_text(chain->text + chain->used, room, "%s%s",
				 chain->used ? " needs " : "", name);

	chain->used += min((size_t)length, room - 1);
}

static const char *load_name(const struct load *load)
{
	return load->file.name[0] ? load->file.name : load->subject;
}

/* "a needs b needs a": from @start inwards, then over to what is awaited, back to @start. */
static void tell_circle_locked(struct chain *chain, struct load *start,
			       const struct loaded_module *module)
{
	for (struct load *step = start; step; step = step->inner)
		chain_add(chain, load_name(step));
	while (module->load != start) {
		for (struct load *step = module->load; step; step = step->inner)
			chain_add(chain, load_name(step));
		module = innermost(module->load)->awaited;
	}
	chain_add(chain, load_name(start));
}

static int refuse_circle(struct load *load, const struct chain *chain)
{
	return report_reason(load->report, -ELOOP, "%s", chain->text);
}

/* Waits, unlocked, until @module's load has ended; its result. */
static int wait_for_answer(struct load *load, struct loaded_module *module)
{
	struct load_answer answer = {.there = false};

	list_add_last(&module->answers, &answer.node);
	load->awaited = module;
	table_unlock();
	wait_event(&module_changed, READ_ONCE(answer.there));
	/* Who has answered may still be at it: until it lets go of the lock. */
	table_lock();
	table_unlock();
	return answer.result;
}

static bool is_gone(const char *name, const struct loaded_module *module)
{
	bool gone;

	table_lock();
	gone = table_find_locked(name) != module;
	table_unlock();
	return gone;
}

/* The name is taken; the table is locked, and unlocked on return. 0: look again. */
static int wait_for_name(struct load *load, struct loaded_module *module)
{
	const char *name = load->module->name;
	enum module_state state = loaded_state(module);
	int error;

	if (module->load && circle_locked(load, module)) {
		table_unlock();
		return report_reason(load->report, -EEXIST,
				     "is being loaded already, by a load that waits for this one");
	}
	if (module->load) {
		error = wait_for_answer(load, module);
		if (error)
			return report_reason(load->report, error,
					     "was being loaded by another, which failed: %s",
					     errno_text(error));
		return report_reason(load->report, -EEXIST, "has just been loaded by another");
	}
	table_unlock();
	if (state == MODULE_UNLOADING &&
	    wait_event_until(&module_changed, is_gone(name, module), time_now() + AWAIT_LIMIT))
		return 0;
	return report_reason(load->report, -EEXIST, "is there already, %s%s",
			     module_state_name(state),
			     state == MODULE_FAILED ? "; unload -f removes it" : "");
}

int load_take_name(struct load *load)
{
	struct loaded_module *other;
	int error = 0;

	do {
		table_lock();
		other = table_find_locked(load->module->name);
		if (!other) {
			load->module->load = load;
			table_add_locked(load->module);
			table_unlock();
			return 0;
		}
		error = wait_for_name(load, other);
		table_lock();
		load->awaited = NULL;
		table_unlock();
	} while (!error);
	return error;
}

/* Neither on its way in nor on its way out. */
static bool is_settled(const char *name)
{
	struct loaded_module *module;
	bool settled;

	table_lock();
	module = table_find_locked(name);
	settled =
	    !module || loaded_state(module) == MODULE_LIVE || loaded_state(module) == MODULE_FAILED;
	table_unlock();
	return settled;
}

static int still_unsettled(struct load *load, const char *name, const char *why)
{
	enum module_state state = MODULE_ABSENT;
	struct loaded_module *module;

	table_lock();
	load->awaited = NULL;
	module = table_find_locked(name);
	if (module)
		state = loaded_state(module);
	table_unlock();
	if (state == MODULE_LIVE || state == MODULE_ABSENT)
		return 0;
	return report_reason(
	    load->report, -EBUSY, "%s%sneeds %s, which is %s", why, *why ? ": " : "", name,
	    state == MODULE_FAILED ? "there but failed" : module_state_name(state));
}

int load_await(struct load *load, const char *name, const char *why)
{
	struct chain chain = {.used = 0};
	struct loaded_module *module;
	struct load *start;

	table_lock();
	module = table_find_locked(name);
	start = module ? circle_locked(load, module) : NULL;
	if (start)
		tell_circle_locked(&chain, start, module);
	else
		load->awaited = module;
	table_unlock();
	if (start)
		return refuse_circle(load, &chain);
	wait_event_until(&module_changed, is_settled(name), time_now() + AWAIT_LIMIT);
	return still_unsettled(load, name, why);
}

void load_answer_all(struct loaded_module *module, int result, bool remove)
{
	struct load_answer *answer;
	struct load *load;

	table_lock();
	module->load = NULL;
	list_for_each(load, &active_loads, active) {
		if (load->awaited == module)
			load->awaited = NULL;
	}
	while ((answer = list_first(&module->answers, struct load_answer, node))) {
		list_remove(&answer->node);
		answer->result = result;
		WRITE_ONCE(answer->there, true);
	}
	if (remove)
		table_remove_locked(module);
	table_unlock();
	wait_queue_wake(&module_changed);
}

int module_wait_live(struct module *module)
{
	wait_event(&module_changed,
		   (READ_ONCE(module->state) != MODULE_LOADING && !READ_ONCE(boot_set_loading)) ||
		       thread_should_stop());
	if (thread_should_stop())
		return -EINTR;
	return READ_ONCE(module->state) == MODULE_LIVE ? 0 : -ENODEV;
}
EXPORT_SYMBOL(module_wait_live);
