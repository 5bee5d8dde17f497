#include "figures.h"

#include <string.h>

#include <lib/format.h>

#include <kernel/module.h>

void figures_take(struct figures *figures)
{
	memory_statistics(&figures->memory);
	figures->registrations = registration_count();
	figures->timers = timer_count();
	figures->threads = thread_count();
}

bool figures_same(const struct figures *before, char *text, size_t size)
{
	struct figures now;
	size_t used = 0;

	figures_take(&now);
	const struct {
		const char *name;
		uint64_t before, now;
	} rows[] = {
	    {"free_pages", before->memory.free_pages, now.memory.free_pages},
	    {"heap_bytes", before->memory.heap_bytes, now.memory.heap_bytes},
	    {"heap_objects", before->memory.heap_objects, now.memory.heap_objects},
	    {"module_pages", before->memory.module_pages, now.memory.module_pages},
	    {"registrations", before->registrations, now.registrations},
	    {"timers", before->timers, now.timers},
	    {"threads", before->threads, now.threads},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].before != rows[i].now && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s %llu, was %llu; ",
						 rows[i].name, (unsigned long long)rows[i].now,
						 (unsigned long long)rows[i].before);
	return used == 0;
}
