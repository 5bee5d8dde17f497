#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The local APIC of this CPU (Intel SDM vol. 3, chapter 10); xAPIC, or x2APIC where the firmware
 * left that on. Context: any with interrupts off or preemption off, unless said otherwise.
 */

/* Where the registers are: physical, by the APIC_BASE register of this CPU; 0: it has none. Turns
 * it on first: CPUID does not show one that is off (10.4.3), and one that cannot be turned on again
 * is absent. */
uint64_t lapic_physical(void);
/* Once, before anything else: @mapping of the registers (unused when in x2APIC mode). */
void lapic_set_mapping(void *mapping);
bool lapic_ready(void); /* lapic_set_mapping was called */
/* On every CPU: software-enables it, everything masked, spurious vector 0xff, CR8 = 0. */
void lapic_enable(void);
/* This CPU's LINT pin @pin, 0 or 1, brings NMIs. */
void lapic_wire_nmi(unsigned pin, bool active_low);

uint32_t lapic_id(void);
void lapic_eoi(void);

/* An interrupt for another CPU: @command is its vector, or one of these. Waits until the last one
 * has left (xAPIC: delivery status), but not for ever. */
#define LAPIC_NMI 0x400u
#define LAPIC_INIT 0x500u
#define LAPIC_STARTUP 0x600u /* + the page, address / 4096, where it starts */
void lapic_send(uint32_t apic_id, uint32_t command);

/*
 * The timer, counting down from @count at the bus clock / 16 and raising @vector once; count 0
 * stops it. lapic_timer_count() is what is left.
 */
void lapic_timer_setup(uint8_t vector);
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_count(void);
