#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/preempt.h>

#include <mm/mm.h>

/* What the files of mm know of each other. */

/* What is kept of frames and of the heap is parted among the CPUs, so that they seldom meet at a
 * lock. The share of this CPU: any is right, so the thread may move to another CPU meanwhile. */
#define MM_SHARES 8u
static inline unsigned mm_share(void)
{
	return cpu_id() % MM_SHARES;
}

/* Boot: which frames there are and which are free. -ENOMEM. */
int frame_init(const struct mm_boot *boot);
/* frame_alloc without a failure on purpose: the heap's operation has failed by then, or has not. */
int frame_take(size_t count, uint64_t *physical);
/* @free: without what slabs could give back. */
void frame_count(uint64_t *usable, uint64_t *free);

/* Boot: the root, the direct map of usable RAM, the kernel's image; then loads it. Panics when
 * memory ends, as does the next. */
void page_table_init(const struct mm_boot *boot);
/* Boot: all tables of a window, so that nothing that is mapped in it later needs one. */
void page_table_cover(uint64_t address, uint64_t size);

void heap_init(void);
/* Empty slabs go back to the frame allocator: were there any? Takes heap locks, one at a time. */
bool heap_give_back_spare(void);
/* The same for stacks that are kept mapped; none where a spinlock is held or interrupts are off. */
bool stack_give_back_spare(void);
size_t stack_spare_pages(void);
/* @spare_pages: held beyond what the objects need. */
void heap_count(uint64_t *bytes, uint64_t *objects, uint64_t *spare_pages);

/* Boot: how many stacks, and how many pages of the module window, a machine of that much RAM may
 * have. */
size_t stack_window_init(size_t frames);
size_t module_window_init(size_t frames);

size_t module_window_pages(void); /* that ranges hold */
