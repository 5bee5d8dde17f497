/*
 * The MADT: which processors, I/O APICs and interrupt wires there are (ACPI 6.4, 5.2.12). Its one
 * rule: an entry is read only when its own length covers the fields of its kind.
 */
#include <lib/acpi.h>

#include <lib/bytes.h>
#include <lib/errno.h>

#define ENTRIES_START 44

int acpi_parse_madt(const void *table, size_t size, uint32_t *local_apic)
{
	int error = acpi_check_table(table, size, "APIC");

	if (error)
		return error;
	if (load_u32((const uint8_t *)table + 4) < ENTRIES_START)
		return -EINVAL;
	*local_apic = load_u32((const uint8_t *)table + 36);
	return 0;
}

/* False: shorter than its kind must be. */
static bool read_entry(const uint8_t *at, size_t length, struct acpi_madt_entry *entry)
{
	static const uint8_t minimum[] = {[0] = 8, [1] = 12, [2] = 10, [4] = 6, [5] = 12};
	uint8_t type = at[0];

	*entry = (struct acpi_madt_entry){.kind = ACPI_MADT_OTHER};
	if (type < sizeof(minimum) && length < minimum[type])
		return false;
	switch (type) {
	case 0:
		entry->kind = ACPI_MADT_LOCAL_APIC;
		entry->processor = at[2];
		entry->apic_id = at[3];
		entry->flags = load_u32(at + 4);
		break;
	case 1:
		entry->kind = ACPI_MADT_IO_APIC;
		entry->apic_id = at[2];
		entry->address = load_u32(at + 4);
		entry->global_interrupt = load_u32(at + 8);
		break;
	case 2:
		entry->kind = ACPI_MADT_OVERRIDE;
		entry->isa_irq = at[3]; /* at[2] is the bus, always ISA */
		entry->global_interrupt = load_u32(at + 4);
		entry->flags = load_u16(at + 8);
		break;
	case 4:
		entry->kind = ACPI_MADT_LOCAL_NMI;
		entry->processor = at[2];
		entry->flags = load_u16(at + 3);
		entry->lint = at[5];
		break;
	case 5:
		entry->kind = ACPI_MADT_LOCAL_ADDRESS;
		entry->address = load_u64(at + 4);
		break;
	default:
		break;
	}
	return true;
}

int acpi_madt_next(const void *table, size_t size, size_t *position, struct acpi_madt_entry *entry)
{
	const uint8_t *at = table;
	size_t offset = *position == 0 ? ENTRIES_START : *position;
	struct acpi_header header;
	int error = acpi_parse_header(table, size, &header);

	if (error)
		return error;
	size = min(size, (size_t)header.length);
	if (offset == size)
		return -ENOENT;
	if (!bytes_in_range(offset, 2, size))
		return -EINVAL;
	if (at[offset + 1] < 2 || !bytes_in_range(offset, at[offset + 1], size))
		return -EINVAL;
	if (!read_entry(at + offset, at[offset + 1], entry))
		return -EINVAL;
	*position = offset + at[offset + 1];
	return 0;
}
