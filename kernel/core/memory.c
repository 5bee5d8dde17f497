/* What mm is told at boot: which RAM there is and what is in use; and what goes back at its end. */
#include <core/core.h>

#include <string.h>

#include <kernel/printk.h>
#include <kernel/statistics.h>

#include <arch/control.h>
#include <log/panic.h>
#include <mm/frame.h>

extern const char __boot_start[], __boot_end[]; /* linker.ld; physical */

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
	struct memory_statistics statistics;
	struct mm_boot boot;

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
}
