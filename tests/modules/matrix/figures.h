#pragma once

#include <kernel/statistics.h>

/* What has to be the same before and after: the figures of `meminfo`. */
struct figures {
	struct memory_statistics memory;
	unsigned registrations, timers, threads;
};

void figures_take(struct figures *figures);
/* Are they so now? If not, @text says what differs. */
bool figures_same(const struct figures *before, char *text, size_t size);
