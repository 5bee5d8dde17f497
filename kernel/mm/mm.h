#pragma once

#include <stdint.h>

/*
 * Bringing memory up. What boot must have done before mm_init, on the first CPU:
 *   - tables that map physical 0 to 1 GiB at DIRECT_MAP (0xffff800000000000) as well as at the
 *     kernel's own addresses, writable; EFER.NXE, CR0.WP and PAT set as <arch/control.h> says (on
 *     each CPU);
 *   - gs base at an early `struct cpu` with preempt_count PREEMPT_NO_RESCHED, so that spinlocks
 *     work;
 *   - debug_enabled as it will stay;
 *   - stack, GDT and everything else in use inside the kernel image.
 * mm_init builds the final tables and loads them: only the direct map of usable RAM, the kernel's
 * image and the windows remain. Afterwards physical memory is read through direct_pointer() if
 * it is usable RAM and through io_map(…, IO_CACHED) if it is not (ACPI tables).
 */
struct mm_range {
	uint64_t start, size; /* bytes, not aligned; the end is at most MM_PHYSICAL_MAX */
};
#define MM_PHYSICAL_MAX (1ull << 46) /* what the direct map has room for */

struct mm_boot {		       /* ranges in any order, overlapping or not */
	const struct mm_range *usable; /* RAM according to the boot map */
	unsigned usable_count;
	const struct mm_range *reserved; /* in use: kernel image, boot files */
	unsigned reserved_count;
};

/*
 * Once, early. Makes frames, tables, heap, owner table and the window of CPU 0; the caller then
 * copies what it must of its early struct cpu to cpu_of(0) and loads gs base. *@lowest is the
 * lowest free frame, which is the caller's. -ENOMEM: this machine is too small.
 */
int mm_init(const struct mm_boot *boot, uint64_t *lowest);
