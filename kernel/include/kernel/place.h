#pragma once

/*
 * A place in the source: what made a registration, an allocation, a thread. The ledger keeps a
 * pointer to it, so it lives in the rodata of the module that made the entry and is never looked
 * at after that module's memory is gone.
 */
struct place {
	const char *file;
	unsigned line;
};

#define PLACE                                                                                      \
	({                                                                                         \
		static const struct place place_here = {__FILE__, __LINE__};                       \
		&place_here;                                                                       \
	})
