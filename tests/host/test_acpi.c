/* ACPI tables built here: right, cut, and with a wrong sum. */
#include "test.h"

#include <lib/acpi.h>
#include <lib/errno.h>

#include "../../modules/power/s5.h"

static uint8_t table[512];

static void set(size_t at, uint64_t value, size_t width)
{
	memcpy(table + at, &value, width);
}

static void begin(const char *signature, size_t length)
{
	memset(table, 0, sizeof(table));
	memcpy(table, signature, 4);
	set(4, length, 4);
	table[8] = 3;
}

/* Makes the first @length bytes sum up to 0 by the byte at @at. */
static void fix_sum(size_t at, size_t length)
{
	uint8_t sum = 0;

	table[at] = 0;
	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + table[i]);
	table[at] = (uint8_t)-sum;
}

static void *finish(size_t length)
{
	fix_sum(9, length);
	return test_copy(table, length);
}

static void build_rsdp(uint8_t revision, uint32_t length)
{
	memset(table, 0, sizeof(table));
	memcpy(table, "RSD PTR ", 8);
	table[15] = revision;
	set(16, 0x7fe0000, 4);
	set(20, length, 4);
	set(24, 0x123456789a, 8);
	fix_sum(8, 20);
	fix_sum(32, length);
}

TEST(acpi_rsdp_versions)
{
	uint64_t root;

	build_rsdp(0, 36);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 20), 20, &root), 0);
	CHECK_EQ(root, 0x7fe0000);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 19), 19, &root), -EINVAL);
	table[16] ^= 1;
	CHECK_EQ(acpi_parse_rsdp(table, 36, &root), -EINVAL);

	build_rsdp(2, 36);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 36), 36, &root), 0);
	CHECK_EQ(root, 0x123456789a);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 35), 35, &root), -EINVAL);
	table[24] ^= 1; /* only the second sum covers it */
	CHECK_EQ(acpi_parse_rsdp(table, 36, &root), -EINVAL);
	set(24, 0, 8);
	fix_sum(32, 36);
	CHECK_EQ(acpi_parse_rsdp(table, 36, &root), 0);
	CHECK_EQ(root, 0x7fe0000);
	build_rsdp(2, 35);
	CHECK_EQ(acpi_parse_rsdp(table, 36, &root), -EINVAL);
	build_rsdp(2, 37);
	CHECK_EQ(acpi_parse_rsdp(table, 36, &root), -EINVAL);
	CHECK_EQ(acpi_parse_rsdp(table, 37, &root), 0);
	table[0] = 'X';
	CHECK_EQ(acpi_parse_rsdp(table, 37, &root), -EINVAL);
}

TEST(acpi_good_tables)
{
	begin("TEST", 40);
	finish(40);
	CHECK_EQ(acpi_table_length(test_copy(table, 36)), 40);
	CHECK(acpi_table_is_good(test_copy(table, 40), 40));
	CHECK(!acpi_table_is_good(test_copy(table, 39), 39));
	CHECK(!acpi_table_is_good(table, 41));
	table[39] ^= 1;
	CHECK(!acpi_table_is_good(table, 40));
	begin("TEST", 35);
	CHECK(!acpi_table_is_good(finish(35), 35));
	begin("TEST", 36);
	CHECK(acpi_table_is_good(finish(36), 36));
	CHECK(!acpi_table_is_good(test_copy(table, 0), 0));
}

TEST(acpi_root_tables)
{
	uint64_t physical;
	void *bytes;

	begin("RSDT", 44);
	set(36, 0x1000, 4);
	set(40, 0xfffff000, 4);
	bytes = finish(44);
	CHECK_EQ(acpi_root_entry(bytes, 44, 0, &physical), 0);
	CHECK_EQ(physical, 0x1000);
	CHECK_EQ(acpi_root_entry(bytes, 44, 1, &physical), 0);
	CHECK_EQ(physical, 0xfffff000);
	CHECK_EQ(acpi_root_entry(bytes, 44, 2, &physical), -ENOENT);
	CHECK_EQ(acpi_root_entry(bytes, 44, UINT32_MAX, &physical), -ENOENT);
	begin("XSDT", 51); /* seven bytes of a second entry */
	set(36, 0x123456789a, 8);
	bytes = finish(51);
	CHECK_EQ(acpi_root_entry(bytes, 51, 0, &physical), 0);
	CHECK_EQ(physical, 0x123456789a);
	CHECK_EQ(acpi_root_entry(bytes, 51, 1, &physical), -ENOENT);
	begin("FACP", 44);
	CHECK_EQ(acpi_root_entry(finish(44), 44, 0, &physical), -EINVAL);
}

static size_t madt_end;

static void madt_add(const char *bytes, size_t size)
{
	memcpy(table + madt_end, bytes, size);
	madt_end += size;
}

TEST(acpi_madt_entries)
{
	struct acpi_madt_entry entry;
	size_t position = 0;
	void *madt;

	begin("APIC", 0);
	set(36, 0xfee00000, 4);
	madt_end = 44;
	madt_add("\x00\x08\x05\x07\x01\x00\x00\x00", 8);
	madt_add("\x01\x0c\x02\x00\x00\x00\xc0\xfe\x18\x00\x00\x00", 12);
	madt_add("\x02\x0a\x00\x00\x02\x00\x00\x00\x0d\x00", 10);
	madt_add("\x04\x06\xff\x05\x00\x01", 6);
	madt_add("\x09\x10\x00\x00\x07\x01\x00\x00\x01\x00\x00\x00\x05\x02\x00\x00", 16);
	madt_add("\x7f\x02", 2);
	set(4, madt_end, 4);
	madt = finish(madt_end);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_LOCAL_APIC && entry.processor == 5 && entry.apic_id == 7 &&
	      entry.flags == ACPI_LOCAL_APIC_ENABLED);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_IO_APIC && entry.apic_id == 2 &&
	      entry.address == 0xfec00000 && entry.global_interrupt == 24);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_OVERRIDE && entry.isa_irq == 0 &&
	      entry.global_interrupt == 2 && entry.flags == 0xd);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_LOCAL_NMI && entry.processor == ACPI_ALL_PROCESSORS &&
	      entry.lint == 1 && entry.flags == 5);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_LOCAL_APIC && entry.processor == 0x205 &&
	      entry.apic_id == 0x107 && entry.flags == ACPI_LOCAL_APIC_ENABLED);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK_EQ(entry.kind, 0x7f);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), -ENOENT);
}

TEST(acpi_madt_entry_lengths)
{
	static const struct {
		uint8_t type, minimum;
	} kinds[] = {{0, 8}, {1, 12}, {2, 10}, {3, 2}, {4, 6}, {5, 2}, {9, 16}, {255, 2}};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (uint8_t length = 0; length <= 16; length++) {
			struct acpi_madt_entry entry;
			size_t position = 0, size = 44 + (length > 2 ? length : 2);
			bool fits = length >= kinds[i].minimum;

			begin("APIC", size);
			table[44] = kinds[i].type;
			table[45] = length;
			CHECK_EQ(acpi_madt_next(finish(size), size, &position, &entry),
				 fits ? 0 : -EINVAL);
			if (!fits)
				continue;
			position = 0; /* the entry ends one byte past the table */
			CHECK_EQ(acpi_madt_next(finish(size - 1), size - 1, &position, &entry),
				 -EINVAL);
		}
	}
	begin("APIC", 44);
	for (size_t size = 36; size <= 45; size++) {
		struct acpi_madt_entry entry;
		size_t position = 0;

		CHECK_EQ(acpi_madt_next(test_copy(table, size), size, &position, &entry),
			 size == 44 ? -ENOENT : -EINVAL);
	}
}

TEST(acpi_hpet_bounds)
{
	uint64_t address;

	begin("HPET", 56);
	set(44, 0xfed00000, 8);
	CHECK_EQ(acpi_parse_hpet(finish(56), 56, &address), 0);
	CHECK_EQ(address, 0xfed00000);
	CHECK_EQ(acpi_parse_hpet(finish(55), 55, &address), -EINVAL);
	table[40] = 1;
	CHECK_EQ(acpi_parse_hpet(finish(56), 56, &address), -EINVAL);
}

static void build_fadt(size_t length)
{
	begin("FACP", length);
	set(40, 0x7000, 4);
	set(64, 0x604, 4);
	set(68, 0, 4);
	set(76, 0x608, 4);
	set(112, 1u << 8 | 1u << 10, 4);
	set(140, 0x123456000, 8);
	table[172] = 1;
	set(176, 0x1604, 8);
	table[208] = 0; /* in memory: the old field counts */
	set(212, 0xfed80000, 8);
}

TEST(acpi_fadt_lengths)
{
	struct acpi_fadt fadt;

	build_fadt(115);
	CHECK_EQ(acpi_parse_fadt(finish(115), 115, &fadt), -EINVAL);
	build_fadt(116);
	CHECK_EQ(acpi_parse_fadt(finish(116), 116, &fadt), 0);
	CHECK(fadt.dsdt == 0x7000 && fadt.pm1a_control == 0x604 && fadt.pm1b_control == 0);
	CHECK(fadt.timer == 0x608);
	build_fadt(147);
	CHECK_EQ(acpi_parse_fadt(finish(147), 147, &fadt), 0);
	CHECK_EQ(fadt.dsdt, 0x7000);
	build_fadt(148);
	CHECK_EQ(acpi_parse_fadt(finish(148), 148, &fadt), 0);
	CHECK_EQ(fadt.dsdt, 0x123456000);
	build_fadt(183);
	CHECK_EQ(acpi_parse_fadt(finish(183), 183, &fadt), 0);
	CHECK_EQ(fadt.pm1a_control, 0x604);
	build_fadt(244);
	set(112, 1u << 10, 4);
	CHECK_EQ(acpi_parse_fadt(finish(244), 244, &fadt), 0);
	CHECK(fadt.dsdt == 0x123456000 && fadt.pm1a_control == 0x1604 && fadt.timer == 0x608);
	set(212, 0x1608, 8); /* a port's number, but still in memory */
	set(176, 0xffff, 8);
	CHECK_EQ(acpi_parse_fadt(finish(244), 244, &fadt), 0);
	CHECK(fadt.pm1a_control == 0xffff && fadt.timer == 0x608);
	set(176, 0x10000, 8); /* no port */
	CHECK_EQ(acpi_parse_fadt(finish(244), 244, &fadt), 0);
	CHECK_EQ(fadt.pm1a_control, 0x604);
}

/* A DSDT with @size bytes of AML behind its header; what s5_find says. */
static int find_s5(const char *aml, size_t size, uint8_t *a, uint8_t *b)
{
	*a = *b = 99;
	begin("DSDT", 36 + size);
	memcpy(table + 36, aml, size);
	return s5_find(test_copy(table, 36 + size), 36 + size, a, b);
}

TEST(s5_forms)
{
	uint8_t a, b;

	CHECK_EQ(find_s5("\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 12, &a, &b), 0); /* QEMU */
	CHECK(a == 0 && b == 0);
	CHECK_EQ(find_s5("\x08_S5_\x12\x08\x02\x0a\x05\x0a\x07", 12, &a, &b), 0);
	CHECK(a == 5 && b == 7);
	CHECK_EQ(find_s5("xx\x08\\_S5_\x12\x4a\x00\x02\x01\x0b\x03\x00", 16, &a, &b), 0);
	CHECK(a == 1 && b == 3);
	CHECK_EQ(find_s5("\x08_S5_\x12\x03\x01\x0c\x06\x00\x00\x00", 13, &a, &b), 0);
	CHECK(a == 6 && b == 6);
	/* A name that is only referred to, before the one that is defined. */
	CHECK_EQ(find_s5("\x70_S5_\x08_S5_\x12\x04\x02\x01\x01", 15, &a, &b), 0);
	CHECK(a == 1 && b == 1);
	CHECK_EQ(find_s5("", 0, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("x\\_S5_\x12\x04\x02\x01\x01", 11, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("\x08x_S5_\x12\x04\x02\x01\x01", 11, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("_S5_\x12\x06\x04\x00\x00\x00\x00", 11, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("\x08_S5_\x11\x06\x04\x00\x00", 10, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("\x08_S5_\x12\x06\x00\x00\x00", 10, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("\x08_S5_\x12\x06\x02\x0a\x08\x00", 11, &a, &b), -ENOENT);
	CHECK_EQ(find_s5("\x08_S5_\x12\x06\x02\x0b\x01\x01\x00", 12, &a, &b), -ENOENT);
}

TEST(s5_cut_anywhere)
{
	uint8_t a, b;

	for (size_t size = 0; size < 12; size++)
		CHECK_EQ(find_s5("\x08_S5_\x12\x08\x02\x0a\x05\x0a\x07", size, &a, &b), -ENOENT);
}
