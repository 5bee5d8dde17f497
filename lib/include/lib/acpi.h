#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * ACPI tables (ACPI Specification 6.4, chapter 5) read from byte ranges: the caller maps, these
 * functions check and copy out. A table is one that acpi_table_is_good has passed, @size its whole
 * length; its signature is the caller's to compare. -EINVAL: malformed. Context: any.
 */
#define ACPI_HEADER_SIZE 36

/* The physical address of the root table, an XSDT where there is one; checks the sums. */
int acpi_parse_rsdp(const void *bytes, size_t size, uint64_t *root) __must_check;
/* The length that a table's header of ACPI_HEADER_SIZE bytes states: how much to map. */
uint32_t acpi_table_length(const void *header);
/* Is this one whole table, of this length and with a right checksum? */
bool acpi_table_is_good(const void *table, size_t size) __must_check;
/* The @index-th physical address in an RSDT or XSDT (its signature decides); -ENOENT past the last.
 */
int acpi_root_entry(const void *table, size_t size, unsigned index,
		    uint64_t *physical) __must_check;

/* MADT ("APIC"), 5.2.12: the kinds that the kernel looks at. */
enum acpi_madt_kind {
	ACPI_MADT_LOCAL_APIC = 0, /* a processor, as 0 or as 9 (x2APIC) */
	ACPI_MADT_IO_APIC = 1,
	ACPI_MADT_OVERRIDE = 2,	 /* an ISA interrupt that arrives elsewhere or otherwise */
	ACPI_MADT_LOCAL_NMI = 4, /* a pin of local APICs that is wired to NMI */
};

#define ACPI_LOCAL_APIC_ENABLED 1u
#define ACPI_ALL_PROCESSORS 0xffffffffu
#define ACPI_INTI_POLARITY 0x3u /* of MPS INTI flags, 5.2.12.5 */
#define ACPI_INTI_ACTIVE_LOW 0x3u

struct acpi_madt_entry {
	uint8_t kind;		   /* enum acpi_madt_kind; with any other nothing else is set */
	uint8_t lint;		   /* LOCAL_NMI: the pin, 0 or 1 */
	uint8_t isa_irq;	   /* OVERRIDE */
	uint32_t processor;	   /* LOCAL_APIC: its ACPI number; LOCAL_NMI: or all */
	uint32_t apic_id;	   /* LOCAL_APIC, IO_APIC */
	uint32_t flags;		   /* LOCAL_APIC: enabled...; OVERRIDE, LOCAL_NMI: MPS INTI flags */
	uint32_t global_interrupt; /* IO_APIC: its first; OVERRIDE */
	uint32_t address;	   /* IO_APIC: physical */
};

/* The entry at *@position (0: the first), which moves behind it; -ENOENT past the last. */
int acpi_madt_next(const void *table, size_t size, size_t *position,
		   struct acpi_madt_entry *entry) __must_check;

/* The physical address of the registers; -EINVAL also when they are not in memory space. Source:
 * IA-PC HPET Specification 1.0a, 3.2.4. */
int acpi_parse_hpet(const void *table, size_t size, uint64_t *address) __must_check;

struct acpi_fadt {
	uint64_t dsdt;			     /* physical; the 64-bit field when there and not 0 */
	uint32_t pm1a_control, pm1b_control; /* ports; 0: absent */
	uint32_t timer;			     /* port of the ACPI timer, 3579545 Hz; 0: absent */
};
int acpi_parse_fadt(const void *table, size_t size, struct acpi_fadt *fadt) __must_check;
