#pragma once

#include <stdbool.h>

/*
 * The states of a module, and the only changes between them. Who makes a change, and under which
 * lock or stop, is the module mechanism's business; which are possible is decided here.
 */
enum module_state {
	MODULE_ABSENT = 0,
	MODULE_LOADING = 1,
	MODULE_LIVE = 2,
	MODULE_UNLOADING = 3,
	MODULE_FAILED = 4, /* stays in memory, takes no calls, leaves only by force */
	MODULE_STATES,
};

bool module_state_may_change(enum module_state from, enum module_state to);
/* "loading", "live", …; "absent" for what is not there. */
const char *module_state_name(enum module_state state);
