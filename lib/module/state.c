/*
 * The life of a module as a table. The rule: a state is never left by any other way than these, and
 * what failed comes back only by leaving.
 */
#include <lib/module_state.h>

#define TO(state) (1u << (state))

static const unsigned changes[MODULE_STATES] = {
    [MODULE_ABSENT] = TO(MODULE_LOADING),
    /* published; undone; or kept because it has already been let in somewhere */
    [MODULE_LOADING] = TO(MODULE_LIVE) | TO(MODULE_ABSENT) | TO(MODULE_FAILED),
    [MODULE_LIVE] = TO(MODULE_UNLOADING) | TO(MODULE_FAILED),
    /* gone; back, since its holders did not leave in time; or exit left something behind */
    [MODULE_UNLOADING] = TO(MODULE_ABSENT) | TO(MODULE_LIVE) | TO(MODULE_FAILED),
    [MODULE_FAILED] = TO(MODULE_UNLOADING),
};

bool module_state_may_change(enum module_state from, enum module_state to)
{
	return from < MODULE_STATES && to < MODULE_STATES && (changes[from] & TO(to)) != 0;
}

const char *module_state_name(enum module_state state)
{
	static const char *const names[MODULE_STATES] = {
	    [MODULE_ABSENT] = "absent",	      [MODULE_LOADING] = "loading", [MODULE_LIVE] = "live",
	    [MODULE_UNLOADING] = "unloading", [MODULE_FAILED] = "failed",
	};

	return state < MODULE_STATES ? names[state] : "unknown";
}
