#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * ACPI tables (ACPI Specification 6.4, chapter 5) read from byte ranges: the caller maps, these
 * functions check and copy out. -EINVAL: malformed or a wrong checksum. Context: any.
 */
#define ACPI_HEADER_SIZE 36

struct acpi_rsdp {
	uint8_t revision;
	uint32_t rsdt; /* physical */
	uint64_t xsdt; /* physical; 0 in revision 0 */
};

/* The header that all tables share; it begins each of them. */
struct acpi_header {
	char signature[5]; /* NUL-terminated here */
	uint32_t length;   /* of the whole table; at least ACPI_HEADER_SIZE */
	uint8_t revision;
};

int acpi_parse_rsdp(const void *bytes, size_t size, struct acpi_rsdp *rsdp) __must_check;
/* Reads the header alone: enough to know how much to map. No checksum. */
int acpi_parse_header(const void *bytes, size_t size, struct acpi_header *header) __must_check;
/* Is this a whole table with that signature and a right checksum? 0, or -EINVAL. */
int acpi_check_table(const void *table, size_t size, const char *signature) __must_check;
/* The @index-th physical address in an RSDT or XSDT (its signature decides); -ENOENT past the last.
 */
int acpi_root_entry(const void *table, size_t size, unsigned index,
		    uint64_t *physical) __must_check;

/* MADT ("APIC"), 5.2.12. */
enum acpi_madt_kind {
	ACPI_MADT_LOCAL_APIC, /* a processor */
	ACPI_MADT_IO_APIC,
	ACPI_MADT_OVERRIDE,	 /* an ISA interrupt that arrives elsewhere or otherwise */
	ACPI_MADT_LOCAL_NMI,	 /* a LINT pin that is wired to NMI */
	ACPI_MADT_LOCAL_ADDRESS, /* 64-bit address of the local APICs */
	ACPI_MADT_OTHER,	 /* anything else, x2APIC entries included */
};

#define ACPI_ALL_PROCESSORS 0xff
#define ACPI_LOCAL_APIC_ENABLED 1u
#define ACPI_LOCAL_APIC_ONLINE_CAPABLE 2u

/* Bits of the flags of OVERRIDE and LOCAL_NMI (MPS INTI flags); 0 in a field: as the bus has it. */
#define ACPI_INTI_POLARITY_MASK 3u
#define ACPI_INTI_ACTIVE_HIGH 1u
#define ACPI_INTI_ACTIVE_LOW 3u
#define ACPI_INTI_TRIGGER_MASK (3u << 2)
#define ACPI_INTI_EDGE (1u << 2)
#define ACPI_INTI_LEVEL (3u << 2)

struct acpi_madt_entry {
	enum acpi_madt_kind kind;
	uint8_t processor; /* LOCAL_APIC, LOCAL_NMI: ACPI processor uid; ACPI_ALL_PROCESSORS */
	uint8_t apic_id;   /* LOCAL_APIC, IO_APIC */
	uint8_t lint;	   /* LOCAL_NMI: 0 or 1 */
	uint8_t isa_irq;   /* OVERRIDE */
	uint32_t global_interrupt; /* IO_APIC: its first; OVERRIDE */
	uint32_t flags;		   /* LOCAL_APIC: enabled...; OVERRIDE, LOCAL_NMI: INTI flags */
	uint64_t address;	   /* IO_APIC, LOCAL_ADDRESS: physical */
};

/* Local APIC address of the table's head (an entry may override it). */
int acpi_parse_madt(const void *table, size_t size, uint32_t *local_apic) __must_check;
/* The entry at *@position (0: the first), which moves behind it; -ENOENT past the last. */
int acpi_madt_next(const void *table, size_t size, size_t *position,
		   struct acpi_madt_entry *entry) __must_check;

struct acpi_hpet {
	uint64_t address; /* physical, memory space */
	uint16_t minimum_tick;
	uint8_t number;
};
/* -EINVAL also when it is not in memory space. Source: IA-PC HPET Specification 1.0a, 3.2.4. */
int acpi_parse_hpet(const void *table, size_t size, struct acpi_hpet *hpet) __must_check;

#define ACPI_FADT_TIMER_32_BIT (1u << 8)
#define ACPI_FADT_RESET (1u << 10)

struct acpi_generic_address {
	uint8_t space; /* 0 memory, 1 I/O port */
	uint8_t bits;
	uint64_t address; /* 0: absent */
};

struct acpi_fadt {
	uint64_t dsdt;	      /* physical; the 64-bit field when it is there and not 0 */
	uint32_t smi_command; /* port; 0: none */
	uint8_t acpi_enable;
	uint32_t pm1a_control, pm1b_control; /* ports; 0: absent */
	uint32_t timer;			     /* port of the ACPI timer, 3579545 Hz; 0: absent */
	uint32_t flags;			     /* ACPI_FADT_... */
	struct acpi_generic_address reset;
	uint8_t reset_value;
};
int acpi_parse_fadt(const void *table, size_t size, struct acpi_fadt *fadt) __must_check;

/*
 * SLP_TYP of S5 for PM1a and PM1b, 0 to 7, found in the AML of a DSDT or SSDT as
 * Name (_S5_, Package () {a, b, ...}); -ENOENT. Nothing is interpreted.
 */
int acpi_find_s5(const void *table, size_t size, uint8_t *type_a, uint8_t *type_b) __must_check;
