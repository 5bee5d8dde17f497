/* Loading, unloading, looking at and calling the two modules. */
#include <string.h>

#include <kernel/module.h>
#include <kernel/time.h>

#include "driver.h"

#define WAIT_SHORTEST (20 * TIME_US)
#define WAIT_DOUBLINGS 8u

int load_consumer(struct side *side, unsigned fail, bool forget)
{
	char text[16];
	char *words[2] = {text, "forget=1"};

	snprintf(text, sizeof(text), "fail=%u", fail);
	return module_control_load(CONSUMER, NULL, forget ? 2 : 1, words, 0, &side->report);
}

static int unload(struct side *side, const char *const *names, unsigned count, unsigned flags)
{
	uint64_t deadline = time_now() + (WAIT_SHORTEST << draw(side, WAIT_DOUBLINGS));

	return module_control_unload(names, count, flags, deadline, &side->report);
}

int unload_one(struct side *side, const char *name, unsigned flags)
{
	return unload(side, &name, 1, flags);
}

int unload_both(struct side *side, unsigned flags)
{
	static const char *const names[] = {PROVIDER, CONSUMER};

	return unload(side, names, 2, flags);
}

int state_of(const char *name)
{
	struct module_line line;
	uint64_t cursor = 0;

	while (module_describe(&cursor, &line) == 0)
		if (strcmp(line.name, name) == 0)
			return (int)line.state;
	return -ENOENT;
}

int play(const char *name, unsigned part, uint64_t value)
{
	struct call call;
	int error = call_begin_by_name(&call, &actor_interface, name, OPERATION(actor, play));

	if (error)
		return error;
	error = (int)call_through(
	    &call, container_of(call.registration, struct actor, registration), part, value);
	call_end(&call);
	return error;
}
