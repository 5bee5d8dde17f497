#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What has been taken out of the page tables and may still stand in some CPU's TLB. Unmapping
 * collects address ranges and the frames behind them in a batch; one flush tells every CPU, then
 * gives the frames back. A batch lives on the stack of whoever unmaps: TLB_BATCH_INIT, fill, flush.
 */
#define TLB_BATCH_RANGES 8
struct tlb_batch {
	struct {
		uint64_t address;
		size_t pages;
	} ranges[TLB_BATCH_RANGES];
	unsigned count;	 /* ranges used */
	bool everything; /* too much to name: flush all */
	uint64_t frames; /* runs of frames to give back, chained by physical address; 0: none */
	uint64_t tables; /* page tables to give back, chained likewise */
};
#define TLB_BATCH_INIT                                                                             \
	{                                                                                          \
		.count = 0                                                                         \
	}

/*
 * Flushes the batch on every CPU and gives its frames back; the batch is empty afterwards. CPUs
 * idle in HLT are not woken: they flush before they touch anything else. Context: thread or atomic
 * with interrupts on, no spinlock held.
 */
void tlb_flush(struct tlb_batch *batch);

/*
 * The same from the function of a stop: the others flush before they leave it, and until then touch
 * nothing but their own stacks, so that the frames go back at once. Context: stopped.
 */
void tlb_flush_stopped(struct tlb_batch *batch);
