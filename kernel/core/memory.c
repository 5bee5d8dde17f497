/*
 * What mm is told at boot: which RAM there is, what is in use, and how the kernel's image is to be
 * protected. The one rule: everything in the image belongs to exactly one segment of linker.ld.
 */
#include <core/core.h>

#include <string.h>

#include <kernel/printk.h>
#include <kernel/statistics.h>

#include <arch/control.h>
#include <log/panic.h>
#include <mm/frame.h>

extern const char __text_start[], __text_end[], __rodata_start[], __data_start[], __kernel_end[];
extern const char __boot_start[], __boot_end[]; /* physical */

#define KERNEL_OFFSET 0xffffffff80000000 /* linker.ld */

static struct mm_segment segment(const char *start, const char *end, enum map_protection protection)
{
	uint64_t address = (uint64_t)start;

	return (struct mm_segment){address, address - KERNEL_OFFSET, (uint64_t)end - address,
				   protection};
}

/* The boot CPU goes on in its final window with what it has counted so far. */
static void move_to_window(void)
{
	struct cpu *early = cpu_this(), *final = cpu_of(0);

	memcpy(final, early, (size_t)__percpu_size);
	cpu_window_enter(final);
	if (processor_make_stacks(final))
		panic("no memory for the stacks of exceptions");
}

void memory_init(void)
{
	struct mm_segment segments[] = {
	    segment(__text_start, __text_end, MAP_TEXT),
	    segment(__rodata_start, __data_start, MAP_RODATA),
	    segment(__data_start, __kernel_end, MAP_DATA),
	};
	struct mm_boot boot = {
	    .segments = segments,
	    .segment_count = ARRAY_SIZE(segments),
	    .percpu_image = __percpu_load,
	    .percpu_size = (size_t)__percpu_size,
	};
	struct memory_statistics statistics;

	boot_info_memory(&boot);
	if (mm_init(&boot))
		panic("too little memory");
	move_to_window();
	memory_statistics(&statistics);
	printk("memory: %lu KiB, %lu KiB free\n", statistics.total_pages * 4,
	       statistics.free_pages * 4);
}

void memory_boot_done(void)
{
	uint64_t start = (uint64_t)__boot_start, end = (uint64_t)__boot_end;

	memset(direct_pointer(start), 0, end - start); /* it was code: page_table.c says why */
	frame_free(start, (end - start) / PAGE_SIZE);
	if (mm_settle())
		printk(KERN_WARNING "memory: no reserve of page tables: free_pages will vary\n");
}
