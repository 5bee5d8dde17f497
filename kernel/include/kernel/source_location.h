#pragma once

/*
 * A place in the source: what made a registration, an allocation, a thread. The ledger keeps a
 * pointer to it, so it lives in the rodata of the module that made the entry and is never looked
 * at after that module's memory is gone.
 */
struct source_location {
	const char *file;
	unsigned line;
};

#define HERE                                                                                       \
	({                                                                                         \
		static const struct source_location place_here = {__FILE__, __LINE__};             \
		&place_here;                                                                       \
	})
