#pragma once

#include <stddef.h>
#include <stdint.h>

#include <mm/page_table.h>

/*
 * Bringing memory up. What boot must have done before mm_init, on the first CPU:
 *   - tables that map physical 0 to 1 GiB at DIRECT_MAP (0xffff800000000000) as well as at the
 *     kernel's own addresses, writable; EFER.NXE, CR0.WP and
 *     PAT set as <arch/control.h> says (on each CPU);
 *   - gs base at an early `struct cpu` with preempt_count PREEMPT_NO_RESCHED, so that spinlocks
 * work;
 *   - debug_enabled as it will stay;
 *   - stack, GDT and everything else in use inside the kernel image.
 * mm_init builds the final tables and loads them: only the direct map of usable RAM, the kernel's
 * segments and the windows remain. Afterwards physical memory is read through direct_pointer() if
 * it is usable RAM and through io_map(…, IO_CACHED) if it is not (ACPI tables).
 */
struct mm_range {
	uint64_t start, size; /* bytes, not aligned */
};

struct mm_segment { /* a piece of the kernel image; page-aligned */
	uint64_t address, physical, size;
	enum map_protection protection;
};

struct mm_boot {
	const struct mm_range *usable; /* RAM according to the boot map, in any order */
	unsigned usable_count;
	const struct mm_range
	    *reserved; /* in use: kernel image, boot files, boot info, trampoline… */
	unsigned reserved_count;
	const struct mm_segment *segments;
	unsigned segment_count;
	const void *percpu_image; /* the initial contents of every CPU's window, from gs:0 */
	size_t percpu_size;
};

/*
 * Once, early. Makes frames, tables, heap and the window of CPU 0; the caller then copies what it
 * must of its early struct cpu to cpu_of(0) and loads gs base. -ENOMEM: this machine is too small.
 */
int mm_init(const struct mm_boot *boot);

/*
 * Pages below 1 MiB that starting CPUs execute at their physical address (RX: nothing may be
 * written there once paging is on; descriptors have their accessed bit set beforehand).
 * page_table_root() is what they load. Closed again when all are up; nothing when none is open.
 * -ENOMEM.
 */
int mm_identity_open(uint64_t physical, size_t pages);
void mm_identity_close(void);
/*
 * The last step, once all CPUs are up and before modules load: takes the fixed reserve of page
 * tables, see page_table.c. -ENOMEM: the machine works, but its number of free frames may vary.
 */
int mm_settle(void);
