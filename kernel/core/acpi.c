/*
 * ACPI tables. The one rule: a table is looked at beyond its header only after its checksum was
 * right.
 */
#include <core/acpi.h>

#include <string.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/io.h>
#include <kernel/module.h>

#include <core/boot_info.h>

#define TABLES_MAX 64
#define TABLE_SIZE_MAX (1u << 20)
#define SIGNATURE_SIZE 4

struct table {
	const void *bytes;
	size_t size;
};

static struct table tables[TABLES_MAX];
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
EXPORT_SYMBOL(acpi_table);

/* How long the table says it is; 0: not to be trusted. */
static uint32_t table_length(uint64_t physical, struct acpi_header *header)
{
	void *mapping = io_map(physical, ACPI_HEADER_SIZE, IO_CACHED);
	int error;

	if (!mapping)
		return 0;
	error = acpi_parse_header(mapping, ACPI_HEADER_SIZE, header);
	io_unmap(mapping);
	return error || header->length > TABLE_SIZE_MAX ? 0 : header->length;
}

/* Maps and checks the table at @physical; NULL: there is none that could be used. */
static void *open_table(uint64_t physical, size_t *size)
{
	struct acpi_header header = {.signature = ""};
	uint32_t length = table_length(physical, &header);
	void *mapping = length ? io_map(physical, length, IO_CACHED) : NULL;

	if (!mapping) {
		printk(KERN_WARNING "acpi: table at %lx is left out: length %u\n", physical,
		       header.length);
		return NULL;
	}
	if (acpi_check_table(mapping, length, header.signature)) {
		printk(KERN_WARNING "acpi: %s is left out: wrong checksum\n", header.signature);
		io_unmap(mapping);
		return NULL;
	}
	*size = length;
	return mapping;
}

static void add_table(uint64_t physical)
{
	struct table table;

	if (physical == 0 || table_count == TABLES_MAX)
		return;
	table.bytes = open_table(physical, &table.size);
	if (table.bytes)
		tables[table_count++] = table;
}

/* The DSDT is not in the root table: the FADT leads to it. */
static void add_dsdt(void)
{
	struct acpi_fadt fadt;
	size_t size;
	const void *table = acpi_table("FACP", &size);

	if (table && !acpi_parse_fadt(table, size, &fadt))
		add_table(fadt.dsdt);
}

static void log_tables(void)
{
	char names[TABLES_MAX * (SIGNATURE_SIZE + 1) + 1];
	size_t used = 0;

	for (unsigned i = 0; i < table_count; i++) {
		names[used++] = ' ';
		memcpy(names + used, tables[i].bytes, SIGNATURE_SIZE);
		used += SIGNATURE_SIZE;
	}
	names[used] = '\0';
	printk("acpi: tables%s\n", names);
}

void acpi_init(void)
{
	struct acpi_rsdp rsdp;
	uint64_t physical;
	size_t size;
	const void *bytes = boot_rsdp(&size);
	void *root;

	if (!bytes || acpi_parse_rsdp(bytes, size, &rsdp)) {
		printk("acpi: no tables\n");
		return;
	}
	root = open_table(rsdp.xsdt ? rsdp.xsdt : rsdp.rsdt, &size);
	if (!root)
		return;
	for (unsigned i = 0; !acpi_root_entry(root, size, i, &physical); i++)
		add_table(physical);
	io_unmap(root);
	add_dsdt();
	log_tables();
}
