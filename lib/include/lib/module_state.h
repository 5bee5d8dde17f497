#pragma once

/*
 * The states of a module. Which code makes a change, and under which lock or stop, is the module
 * mechanism's business.
 */
enum module_state {
	MODULE_ABSENT = 0,
	MODULE_LOADING = 1,   /* becomes live; absent, undone; or failed, if it has been let in */
	MODULE_LIVE = 2,      /* becomes unloading or failed */
	MODULE_UNLOADING = 3, /* becomes absent; live, when holders stay; or failed */
	MODULE_FAILED = 4,    /* stays in memory, takes no calls, leaves only by force */
	MODULE_STATES,
};

/* "loading", "live", …; "absent" for what is not there. */
static inline const char *module_state_name(enum module_state state)
{
	static const char *const names[MODULE_STATES] = {"absent", "loading", "live", "unloading",
							 "failed"};

	return state < MODULE_STATES ? names[state] : "unknown";
}
