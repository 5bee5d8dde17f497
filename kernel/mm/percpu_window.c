/*
 * The CPUs' windows: one run of frames each, for ever. What the modules' part of it is used for is
 * the same on all CPUs.
 */
#include <mm/percpu_window.h>

#include <string.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>

#include <arch/cpu.h>
#include <log/panic.h>
#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/page_table.h>

#define WINDOW_SIZE (PERCPU_MODULES + PERCPU_MODULES_SIZE)
#define UNITS (PERCPU_MODULES_SIZE / PERCPU_ALIGN)

BUILD_BUG_ON(PERCPU_MODULES - OWNER_COUNTERS != OWNER_SLOTS * sizeof(struct module));
BUILD_BUG_ON(WINDOW_SIZE >= PERCPU_STRIDE); /* an absent page behind each */

static BITMAP(unit_bits, UNITS);
static struct address_range units = ADDRESS_RANGE_INIT("percpu_units", unit_bits, UNITS, false);

int percpu_window_create(unsigned cpu)
{
	uint64_t physical;
	int error;

	ASSERT(cpu < CPU_LIMIT && (size_t)__percpu_size <= OWNER_COUNTERS);
	error = frame_alloc(pages_for(WINDOW_SIZE), &physical);
	if (error)
		return error;
	memset(direct_pointer(physical), 0, WINDOW_SIZE);
	memcpy(direct_pointer(physical), __percpu_load, (size_t)__percpu_size);
	page_map((uint64_t)cpu_of(cpu), physical, pages_for(WINDOW_SIZE), MAP_DATA);
	return 0;
}

static size_t units_for(size_t size)
{
	return size / PERCPU_ALIGN + (size % PERCPU_ALIGN != 0);
}

int percpu_alloc(size_t size, uint64_t *offset)
{
	size_t first;
	int error;

	if (fault_injected(__func__))
		return -ENOMEM;
	error = address_range_take(&units, units_for(size), &first);
	*offset = PERCPU_MODULES + first * PERCPU_ALIGN;
	return error;
}

void percpu_free(uint64_t offset, size_t size)
{
	address_range_give(&units, (offset - PERCPU_MODULES) / PERCPU_ALIGN, units_for(size));
}
