/*
 * Tenon's try_module_get and module_put, from the header that modules include, compiled for the
 * host. What they need is here: a live module and a gs base that leads from it to this thread's
 * counters.
 */
#include <kernel/module.h>

#include "loop.h"

static struct module module = {.state = MODULE_LIVE};

bool module_get_refused(struct module *refused)
{
	module_put(refused);
	return false;
}

uint64_t loop_get_put(void *live, uint64_t times)
{
	uint64_t refused = 0;

	while (times-- > 0) {
		if (try_module_get(live))
			module_put(live);
		else
			refused++;
	}
	return refused;
}

uint64_t loop_counter_shift(void)
{
	return OWNER_COUNTER_SHIFT;
}

void *loop_module(void)
{
	return &module;
}
