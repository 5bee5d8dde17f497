#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/boot.h>

#include <arch/cpu.h>
#include <mm/mm.h>

struct trap_frame;

/* What the parts of core have for each other, in the order in which main.c brings them up. */

/* The exception of that name: a panic. */
void machine_check(struct trap_frame *frame);
/*
 * What the boot loader left in memory, copied before memory is given out; <kernel/boot.h> is its
 * public half. boot_info_init reads the Multiboot2 information at @physical, within the first 4
 * GiB; panics if it is malformed. Early; the results are constant afterwards.
 */
void boot_info_init(uint32_t physical);
/* A page below 1 MiB for starting CPUs; 0: there is none. Constant after memory_init. */
extern uint64_t boot_trampoline_page;
/* The loader's copy of ACPI's RSDP; NULL: none. */
const void *boot_rsdp(size_t *size);

/* Hands the boot map and the kernel's image to mm; afterwards this CPU uses its final window and
 * has its stacks for exceptions. Panics when there is too little memory. Early. */
void memory_init(void);
/* Every CPU is up: gives back what only the first instructions needed (boot.asm, the early page
 * tables and window), and lets mm take its reserve. From here on the number of free frames is
 * exact. */
void memory_boot_done(void);

/*
 * ACPI tables: found through the RSDP, mapped once and kept, those with a wrong checksum left out
 * with a word in the log. <kernel/boot.h> has the look-up. Context: thread, once, after mm_init.
 */
void acpi_init(void);
/*
 * What the tables say of the machine, and for a machine without them what every PC has. Context:
 * thread, once each, in this order, after acpi_init. The first maps the local APIC and the IOAPICs,
 * tells irq/ioapic.c, and turns this CPU's local APIC on; the second measures the clock with the
 * counters there are.
 */
void machine_init_interrupts(void);
/* On every CPU, after lapic_enable: its pins by the MADT's NMI entries for it. */
void machine_wire_nmi(void);
void machine_init_clock(uint64_t entry_tsc);

/*
 * The other CPUs. Starts all that the tables name, and returns when those that answer run their
 * idle threads; one that does not is left out with a line in the log, and never runs. On the boot
 * CPU, thread context, before work_init_all.
 */
void processors_start(void);
/* The other CPUs that the tables name, each once, IDs below 255; none without tables. Constant
 * after machine_init_interrupts. */
extern unsigned processor_others;
extern uint32_t processor_apic_ids[CPU_LIMIT];
/* A CPU's stacks for NMI, double fault and machine check. -ENOMEM. */
int processor_make_stacks(struct cpu *cpu);
