/*
 * ACPI tables. Its one rule: each parser checks the table whole (length, signature, checksum)
 * before it reads a field, and a field that an old, shorter table lacks reads as absent.
 */
#include <lib/acpi.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/errno.h>

#define RSDP_V1_SIZE 20
#define RSDP_V2_SIZE 36

static bool checksum_ok(const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + byte[i]);
	return sum == 0;
}

int acpi_parse_rsdp(const void *bytes, size_t size, struct acpi_rsdp *rsdp)
{
	const uint8_t *at = bytes;
	uint32_t length;

	if (size < RSDP_V1_SIZE || memcmp(at, "RSD PTR ", 8) != 0 || !checksum_ok(at, RSDP_V1_SIZE))
		return -EINVAL;
	*rsdp = (struct acpi_rsdp){.revision = at[15], .rsdt = load_u32(at + 16)};
	if (rsdp->revision < 2)
		return 0;
	if (size < RSDP_V2_SIZE)
		return -EINVAL;
	length = load_u32(at + 20);
	if (length < RSDP_V2_SIZE || length > size || !checksum_ok(at, length))
		return -EINVAL;
	rsdp->xsdt = load_u64(at + 24);
	return 0;
}

int acpi_parse_header(const void *bytes, size_t size, struct acpi_header *header)
{
	const uint8_t *at = bytes;

	if (size < ACPI_HEADER_SIZE)
		return -EINVAL;
	memcpy(header->signature, at, 4);
	header->signature[4] = '\0';
	header->length = load_u32(at + 4);
	header->revision = at[8];
	return header->length >= ACPI_HEADER_SIZE ? 0 : -EINVAL;
}

/* Checks the table and narrows *@size to its own length. */
static int open_table(const void *table, size_t *size, const char *signature)
{
	struct acpi_header header;
	int error = acpi_parse_header(table, *size, &header);

	if (error)
		return error;
	if (header.length > *size || memcmp(header.signature, signature, 4) != 0 ||
	    !checksum_ok(table, header.length))
		return -EINVAL;
	*size = header.length;
	return 0;
}

int acpi_check_table(const void *table, size_t size, const char *signature)
{
	return open_table(table, &size, signature);
}

int acpi_root_entry(const void *table, size_t size, unsigned index, uint64_t *physical)
{
	const uint8_t *at = table;
	size_t whole = size;
	bool wide = open_table(table, &whole, "XSDT") == 0;
	size_t width = wide ? 8 : 4;
	uint64_t offset = ACPI_HEADER_SIZE + (uint64_t)index * width;

	if (!wide && open_table(table, &whole, "RSDT") != 0)
		return -EINVAL;
	if (!bytes_in_range(offset, width, whole))
		return -ENOENT;
	*physical = wide ? load_u64(at + offset) : load_u32(at + offset);
	return 0;
}

int acpi_parse_hpet(const void *table, size_t size, struct acpi_hpet *hpet)
{
	const uint8_t *at = table;
	int error = open_table(table, &size, "HPET");

	if (error)
		return error;
	if (size < 56 || at[40] != 0) /* the address's space: 0 is memory */
		return -EINVAL;
	hpet->address = load_u64(at + 44);
	hpet->number = at[52];
	hpet->minimum_tick = load_u16(at + 53);
	return 0;
}

/* A generic address structure (5.2.3.2) at @offset; absent when the table ends before it. */
static struct acpi_generic_address generic_address(const uint8_t *table, size_t size, size_t offset)
{
	if (!bytes_in_range(offset, 12, size))
		return (struct acpi_generic_address){0};
	return (struct acpi_generic_address){
	    .space = table[offset],
	    .bits = table[offset + 1],
	    .address = load_u64(table + offset + 4),
	};
}

/* A port: of the 64-bit field if that is there and names an I/O port, else of the old 32-bit one.
 */
static uint32_t fadt_port(const uint8_t *table, size_t size, size_t old, size_t extended)
{
	struct acpi_generic_address address = generic_address(table, size, extended);

	if (address.space == 1 && address.address != 0 && address.address <= UINT16_MAX)
		return (uint32_t)address.address;
	return load_u32(table + old);
}

int acpi_parse_fadt(const void *table, size_t size, struct acpi_fadt *fadt)
{
	const uint8_t *at = table;
	int error = open_table(table, &size, "FACP");

	if (error)
		return error;
	if (size < 116) /* revision 1 ends here */
		return -EINVAL;
	*fadt = (struct acpi_fadt){
	    .dsdt = bytes_in_range(140, 8, size) ? load_u64(at + 140) : 0,
	    .smi_command = load_u32(at + 48),
	    .acpi_enable = at[52],
	    .pm1a_control = fadt_port(at, size, 64, 172),
	    .pm1b_control = fadt_port(at, size, 68, 184),
	    .timer = fadt_port(at, size, 76, 208),
	    .flags = load_u32(at + 112),
	    .reset = generic_address(at, size, 116),
	    .reset_value = size > 128 ? at[128] : 0,
	};
	if (fadt->dsdt == 0)
		fadt->dsdt = load_u32(at + 40);
	return 0;
}
