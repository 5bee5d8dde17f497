#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The IOAPICs (Intel 82093AA): which line of a device becomes which vector of which CPU. Core
 * parses the MADT, maps the registers, and tells; without a MADT it describes one at 0xfec00000
 * with ISA IRQ 0 on input 2, as every PC has it, and calls ioapic_add only if something is there.
 */
#define IOAPIC_PHYSICAL_DEFAULT 0xfec00000ull

/* Masks both 8259s after moving them out of the exceptions' way. Before interrupts are on. */
void pic_disable(void);

/* One chip, @registers mapped uncached, serving global interrupts from @base on. All its inputs are
 * masked. -ENODEV when the registers read as all ones, -ENOSPC past 8 chips. Boot only. */
int ioapic_add(volatile uint32_t *registers, uint32_t base);
/* ISA IRQ @irq is global interrupt @gsi, with MADT flags (ACPI 6.4, table 5.26). Boot only. */
void ioapic_override(unsigned irq, uint32_t gsi, uint16_t flags);

/* For irq/line.c: the input behind a line (ISA IRQ below 16, global interrupt from 16). */
bool ioapic_has_line(unsigned line);
/* Of one CPU, which is another for each line in turn. Both: nothing where no wire leads to it. */
void ioapic_unmask(unsigned line, uint8_t vector);
void ioapic_mask(unsigned line);
