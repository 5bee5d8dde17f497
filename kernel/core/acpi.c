/*
 * ACPI tables. The one rule: a table is looked at beyond its header only after its checksum was
 * right.
 */
#include <core/core.h>

#include <string.h>

#include <lib/acpi.h>

#include <kernel/io.h>
#include <kernel/module.h>

#define TABLES_MAX 64
#define TABLE_SIZE_MAX (1u << 20)
#define SIGNATURE_SIZE 4

static struct table {
	const void *bytes;
	size_t size;
} tables[TABLES_MAX];
static unsigned table_count;

const void *acpi_table(const char *signature, size_t *size)
{
	for (unsigned i = 0; i < table_count; i++) {
		if (memcmp(tables[i].bytes, signature, SIGNATURE_SIZE) != 0)
			continue;
		*size = tables[i].size;
		return tables[i].bytes;
	}
	return NULL;
}

/* Maps and checks the table at @physical; NULL: there is none that could be used. */
static void *open_table(uint64_t physical, size_t *size)
{
	void *mapping = io_map(physical, ACPI_HEADER_SIZE, IO_CACHED);
	char signature[SIGNATURE_SIZE];

	if (!mapping) {
		printk(KERN_WARNING "acpi: a table is left out: it lies where no memory can be\n");
		return NULL;
	}
	memcpy(signature, mapping, sizeof(signature));
	*size = acpi_table_length(mapping);
	io_unmap(mapping);
	mapping = NULL;
	if (*size >= ACPI_HEADER_SIZE && *size <= TABLE_SIZE_MAX)
		mapping = io_map(physical, *size, IO_CACHED);
	if (mapping && acpi_table_is_good(mapping, *size))
		return mapping;
	io_unmap(mapping);
	printk(KERN_WARNING "acpi: table %.4s is left out: wrong length or checksum\n", signature);
	return NULL;
}

static void add_table(uint64_t physical)
{
	struct table *table = &tables[table_count];

	if (physical == 0 || table_count == TABLES_MAX)
		return;
	table->bytes = open_table(physical, &table->size);
	if (!table->bytes)
		return;
	printk("acpi: table %.4s\n", (const char *)table->bytes);
	table_count++;
}

void acpi_init(void)
{
	struct acpi_fadt fadt;
	uint64_t physical;
	size_t size;
	const void *bytes = boot_rsdp(&size);
	void *root = NULL;

	if (bytes && !acpi_parse_rsdp(bytes, size, &physical))
		root = open_table(physical, &size);
	if (!root) {
		printk("acpi: no tables\n");
		return;
	}
	for (unsigned i = 0; !acpi_root_entry(root, size, i, &physical); i++)
		add_table(physical);
	io_unmap(root);
	/* The DSDT is not in the root table: the FADT leads to it. */
	bytes = acpi_table("FACP", &size);
	if (bytes && !acpi_parse_fadt(bytes, size, &fadt))
		add_table(fadt.dsdt);
}
