/*
 * TLB shootdown. The rule that keeps it right: frames and addresses that were unmapped are given
 * back only after every CPU has either flushed, or is idle and bound to flush before it touches
 * anything (see smp/stop.c), or is stopped and bound to flush before it goes on. Two CPUs may
 * flush at once: each serves the other's call while it waits for its own.
 */
#include <mm/tlb.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <arch/control.h>
#include <smp/ipi.h>
#include <smp/stop.h>

#include <mm/frame.h>

#define NAMED_PAGES_MAX 32 /* beyond it, dropping all costs less than dropping each */

struct flush {
	uint64_t address;
	size_t pages;
};

static void flush_here(void *argument)
{
	const struct flush *flush = argument;

	if (flush->pages > NAMED_PAGES_MAX) {
		tlb_flush_local_all();
		return;
	}
	for (size_t page = 0; page < flush->pages; page++)
		tlb_flush_local_page((void *)(flush->address + page * PAGE_SIZE));
}

void tlb_flush(uint64_t address, size_t pages)
{
	struct flush flush = {address, pages};
	struct cpu_mask busy = {{0}};
	unsigned others = 0;

	if (pages == 0)
		return;
	preempt_disable();
	flush_here(&flush);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu == cpu_id() || idle_defer_flush(cpu))
			continue;
		bitmap_set(busy.bits, cpu);
		others++;
	}
	if (others > 0)
		cpu_call_mask(&busy, THIS_MODULE, flush_here, &flush);
	preempt_enable();
}

void tlb_flush_stopped(uint64_t address, size_t pages)
{
	flush_here(&(struct flush){address, pages});
	stop_flush_others();
}
