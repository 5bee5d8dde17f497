/*
 * ACPI tables. Its one rule: a field is read only when the table's length covers it, and one that
 * an old, shorter table lacks reads as absent.
 */
#include <lib/acpi.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/errno.h>

#define RSDP_V1_SIZE 20
#define RSDP_V2_SIZE 36
#define MADT_ENTRIES 44
#define MADT_LOCAL_X2APIC 9

static bool sums_to_zero(const uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return sum == 0;
}

int acpi_parse_rsdp(const void *bytes, size_t size, uint64_t *root)
{
	const uint8_t *at = bytes;
	uint32_t length;

	if (size < RSDP_V1_SIZE || memcmp(at, "RSD PTR ", 8) != 0 ||
	    !sums_to_zero(at, RSDP_V1_SIZE))
		return -EINVAL;
	*root = load_u32(at + 16);
	if (at[15] < 2) /* the revision */
		return 0;
	if (size < RSDP_V2_SIZE)
		return -EINVAL;
	length = load_u32(at + 20);
	if (length < RSDP_V2_SIZE || length > size || !sums_to_zero(at, length))
		return -EINVAL;
	if (load_u64(at + 24) != 0)
		*root = load_u64(at + 24);
	return 0;
}

uint32_t acpi_table_length(const void *header)
{
	return load_u32((const uint8_t *)header + 4);
}

bool acpi_table_is_good(const void *table, size_t size)
{
	return size >= ACPI_HEADER_SIZE && acpi_table_length(table) == size &&
	       sums_to_zero(table, size);
}

int acpi_root_entry(const void *table, size_t size, unsigned index, uint64_t *physical)
{
	const uint8_t *at = table;
	bool wide = memcmp(at, "XSDT", 4) == 0;
	size_t width = wide ? 8 : 4;
	uint64_t offset = ACPI_HEADER_SIZE + (uint64_t)index * width;

	if (!wide && memcmp(at, "RSDT", 4) != 0)
		return -EINVAL;
	if (!bytes_in_range(offset, width, size))
		return -ENOENT;
	*physical = wide ? load_u64(at + offset) : load_u32(at + offset);
	return 0;
}

/* What the entry at @at says; its length covers it. A processor's entry has a second form, of the
 * x2APIC (5.2.12.12), with wider fields. */
static void read_entry(const uint8_t *at, struct acpi_madt_entry *entry)
{
	*entry = (struct acpi_madt_entry){.kind = at[0]};
	switch (at[0]) {
	case ACPI_MADT_LOCAL_APIC:
		entry->processor = at[2];
		entry->apic_id = at[3];
		entry->flags = load_u32(at + 4);
		break;
	case MADT_LOCAL_X2APIC:
		entry->kind = ACPI_MADT_LOCAL_APIC;
		entry->apic_id = load_u32(at + 4);
		entry->flags = load_u32(at + 8);
		entry->processor = load_u32(at + 12);
		break;
	case ACPI_MADT_IO_APIC:
		entry->apic_id = at[2];
		entry->address = load_u32(at + 4);
		entry->global_interrupt = load_u32(at + 8);
		break;
	case ACPI_MADT_OVERRIDE:
		entry->isa_irq = at[3]; /* at[2] is the bus, always ISA */
		entry->global_interrupt = load_u32(at + 4);
		entry->flags = load_u16(at + 8);
		break;
	case ACPI_MADT_LOCAL_NMI:
		entry->processor = at[2] == 0xff ? ACPI_ALL_PROCESSORS : at[2];
		entry->flags = load_u16(at + 3);
		entry->lint = at[5];
		break;
	}
}

int acpi_madt_next(const void *table, size_t size, size_t *position, struct acpi_madt_entry *entry)
{
	static const uint8_t minimum[] = {8, 12, 10, 2, 6, 2, 2, 2, 2, 16}; /* by kind */
	size_t offset = *position == 0 ? MADT_ENTRIES : *position;
	const uint8_t *at = (const uint8_t *)table + offset;

	if (offset == size)
		return -ENOENT;
	if (!bytes_in_range(offset, 2, size) || at[1] < 2 || !bytes_in_range(offset, at[1], size) ||
	    (at[0] < sizeof(minimum) && at[1] < minimum[at[0]]))
		return -EINVAL;
	read_entry(at, entry);
	*position = offset + at[1];
	return 0;
}

int acpi_parse_hpet(const void *table, size_t size, uint64_t *address)
{
	const uint8_t *at = table;

	if (size < 56 || at[40] != 0) /* the address's space: 0 is memory */
		return -EINVAL;
	*address = load_u64(at + 44);
	return 0;
}

/* A port: of the generic address (5.2.3.2) at @extended if that is there and names an I/O port,
 * else of the old field. */
static uint32_t fadt_port(const uint8_t *table, size_t size, size_t old, size_t extended)
{
	if (bytes_in_range(extended, 12, size) && table[extended] == 1) {
		uint64_t port = load_u64(table + extended + 4);

		if (port != 0 && port <= UINT16_MAX)
			return (uint32_t)port;
	}
	return load_u32(table + old);
}

int acpi_parse_fadt(const void *table, size_t size, struct acpi_fadt *fadt)
{
	const uint8_t *at = table;

	if (size < 116) /* revision 1 ends here */
		return -EINVAL;
	*fadt = (struct acpi_fadt){
	    .dsdt = bytes_in_range(140, 8, size) ? load_u64(at + 140) : 0,
	    .pm1a_control = fadt_port(at, size, 64, 172),
	    .pm1b_control = fadt_port(at, size, 68, 184),
	    .timer = fadt_port(at, size, 76, 208),
	};
	if (fadt->dsdt == 0)
		fadt->dsdt = load_u32(at + 40);
	return 0;
}
