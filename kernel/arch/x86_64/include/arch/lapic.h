#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The local APIC of this CPU (Intel SDM vol. 3, chapter 10); xAPIC, or x2APIC where the firmware
 * left that on. Context: any with interrupts off or preemption off, unless said otherwise.
 */
#define LAPIC_PHYSICAL_DEFAULT 0xfee00000ull

/* Where the registers are: physical, by the APIC_BASE register of this CPU. */
uint64_t lapic_physical(void);
/* Once, before anything else: @mapping of the registers (unused when in x2APIC mode). */
void lapic_set_mapping(void *mapping);
bool lapic_ready(void); /* lapic_set_mapping was called */
/* On every CPU: software-enables it, everything masked but NMI on LINT1, where every PC has it;
 * spurious vector 0xff, CR8 = 0. */
void lapic_enable(void);

uint32_t lapic_id(void);
void lapic_eoi(void);

/* Interrupts for others; each waits until the last one has left (xAPIC: delivery status). */
void lapic_send(uint32_t apic_id, uint8_t vector);
void lapic_send_nmi(uint32_t apic_id);
void lapic_send_nmi_others(void); /* all but this CPU */
void lapic_send_init(uint32_t apic_id);
void lapic_send_startup(uint32_t apic_id, uint8_t page); /* starts at @page * 4096 */

/*
 * The timer, counting down from @count at the bus clock / 16 and raising @vector once; count 0
 * stops it. lapic_timer_count() is what is left.
 */
void lapic_timer_setup(uint8_t vector);
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_count(void);
/* Deadline mode instead (CPUID.1:ECX.24): armed by MSR_TSC_DEADLINE. */
void lapic_timer_setup_deadline(uint8_t vector);
