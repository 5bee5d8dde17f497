/*
 * TLB shootdown. The rule that keeps it right: a frame that was unmapped is given back only after
 * every CPU has either flushed, or is idle and bound to flush before it touches anything (see
 * smp/stop.c), or is stopped and bound to flush before it goes on. Two CPUs may flush at once:
 * each serves the other's call while it waits for its own.
 */
#include <mm/tlb.h>

#include <lib/compiler.h>

#include <kernel/preempt.h>
#include <arch/control.h>
#include <smp/ipi.h>
#include <smp/stop.h>

#include <mm/frame.h>
#include <mm/page_table_internal.h>
#include <mm/tlb_internal.h>

#define NAMED_PAGES_MAX 32 /* beyond it, dropping all costs less than dropping each */

/* Heads a run of frames in a batch's chain; stands at the start of its first frame. */
struct frame_run {
	uint64_t next;
	uint64_t count;
};

void tlb_batch_add(struct tlb_batch *batch, uint64_t address, size_t pages)
{
	size_t total = pages;

	for (unsigned i = 0; i < batch->count; i++)
		total += batch->ranges[i].pages;
	if (total > NAMED_PAGES_MAX || batch->count == TLB_BATCH_RANGES)
		batch->everything = true;
	if (batch->everything)
		return;
	batch->ranges[batch->count].address = address;
	batch->ranges[batch->count].pages = pages;
	batch->count++;
}

void tlb_batch_add_frame(struct tlb_batch *batch, uint64_t physical)
{
	struct frame_run *run = direct_pointer(batch->frames);

	if (batch->frames && physical == batch->frames + run->count * PAGE_SIZE) {
		run->count++;
		return;
	}
	run = direct_pointer(physical);
	run->next = batch->frames;
	run->count = 1;
	batch->frames = physical;
}

/* The link goes where an entry was: its lowest bit is clear, so that it is "not present". */
void tlb_batch_add_table(struct tlb_batch *batch, uint64_t physical)
{
	*(uint64_t *)direct_pointer(physical) = batch->tables;
	batch->tables = physical;
}

static void flush_here(void *argument)
{
	const struct tlb_batch *batch = argument;

	if (batch->everything) {
		tlb_flush_local_all();
		return;
	}
	for (unsigned i = 0; i < batch->count; i++) {
		for (size_t page = 0; page < batch->ranges[i].pages; page++)
			tlb_flush_local_page((void *)(batch->ranges[i].address + page * PAGE_SIZE));
	}
}

static void flush_everywhere(struct tlb_batch *batch)
{
	struct cpu_mask busy = {{0}};
	unsigned others = 0;

	preempt_disable();
	flush_here(batch);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu == cpu_id() || quiet_defer_flush(cpu))
			continue;
		bitmap_set(busy.bits, cpu);
		others++;
	}
	if (others > 0)
		cpu_call_mask(&busy, flush_here, batch);
	preempt_enable();
}

static void batch_release(struct tlb_batch *batch)
{
	while (batch->frames) {
		uint64_t physical = batch->frames;
		const struct frame_run *run = direct_pointer(physical);
		size_t count = run->count;

		batch->frames = run->next;
		frame_free(physical, count);
	}
	page_table_give(batch->tables);
	batch->tables = 0;
	batch->count = 0;
	batch->everything = false;
}

void tlb_flush(struct tlb_batch *batch)
{
	if (batch->count > 0 || batch->everything)
		flush_everywhere(batch);
	batch_release(batch);
}

void tlb_flush_stopped(struct tlb_batch *batch)
{
	flush_here(batch);
	stop_flush_others();
	batch_release(batch);
}
