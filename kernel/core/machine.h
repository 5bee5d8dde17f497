#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * What the ACPI tables say of the machine's CPUs, interrupt controllers and counters; and, for a
 * machine without them, what every PC has. Context: thread, once each, in this order, after
 * acpi_init.
 */

/* Maps the local APIC and the IOAPICs, tells irq/ioapic.c; turns this CPU's local APIC on. */
void machine_init_interrupts(void);
/* Measures the clock with the counters there are. */
void machine_init_clock(uint64_t entry_tsc);

/* The CPUs that the tables name, this one included, IDs below 255; none without tables. */
unsigned machine_processor_count(void);
uint32_t machine_processor(unsigned index); /* its APIC ID */

/* On each CPU, after lapic_enable: the LINT pins that are wired to NMI. */
void machine_init_lint(uint32_t apic_id);
