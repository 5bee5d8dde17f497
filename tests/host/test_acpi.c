/* ACPI tables built here: right, cut, and with a wrong sum. */
#include "test.h"

#include <lib/acpi.h>
#include <lib/errno.h>

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
	struct acpi_rsdp rsdp;

	build_rsdp(0, 36);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 20), 20, &rsdp), 0);
	CHECK(rsdp.revision == 0 && rsdp.rsdt == 0x7fe0000 && rsdp.xsdt == 0);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 19), 19, &rsdp), -EINVAL);
	table[16] ^= 1;
	CHECK_EQ(acpi_parse_rsdp(table, 36, &rsdp), -EINVAL);

	build_rsdp(2, 36);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 36), 36, &rsdp), 0);
	CHECK_EQ(rsdp.xsdt, 0x123456789a);
	CHECK_EQ(acpi_parse_rsdp(test_copy(table, 35), 35, &rsdp), -EINVAL);
	table[24] ^= 1; /* only the second sum covers it */
	CHECK_EQ(acpi_parse_rsdp(table, 36, &rsdp), -EINVAL);
	build_rsdp(2, 35);
	CHECK_EQ(acpi_parse_rsdp(table, 36, &rsdp), -EINVAL);
	build_rsdp(2, 37);
	CHECK_EQ(acpi_parse_rsdp(table, 36, &rsdp), -EINVAL);
	CHECK_EQ(acpi_parse_rsdp(table, 37, &rsdp), 0);
	table[0] = 'X';
	CHECK_EQ(acpi_parse_rsdp(table, 37, &rsdp), -EINVAL);
}

TEST(acpi_headers)
{
	struct acpi_header header;

	begin("TEST", 40);
	finish(40);
	CHECK_EQ(acpi_parse_header(test_copy(table, 36), 36, &header), 0);
	CHECK_STR(header.signature, "TEST");
	CHECK_EQ(header.length, 40);
	CHECK_EQ(acpi_parse_header(test_copy(table, 35), 35, &header), -EINVAL);
	CHECK_EQ(acpi_check_table(table, 40, "TEST"), 0);
	CHECK_EQ(acpi_check_table(test_copy(table, 39), 39, "TEST"), -EINVAL);
	CHECK_EQ(acpi_check_table(table, 40, "TESS"), -EINVAL);
	table[39] ^= 1;
	CHECK_EQ(acpi_check_table(table, 40, "TEST"), -EINVAL);
	set(4, 35, 4);
	CHECK_EQ(acpi_parse_header(table, 40, &header), -EINVAL);
	set(4, 36, 4);
	CHECK_EQ(acpi_parse_header(table, 40, &header), 0);
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
	uint32_t local_apic;
	size_t position = 0;
	void *madt;

	begin("APIC", 0);
	set(36, 0xfee00000, 4);
	madt_end = 44;
	madt_add("\x00\x08\x05\x07\x01\x00\x00\x00", 8);
	madt_add("\x01\x0c\x02\x00\x00\x00\xc0\xfe\x18\x00\x00\x00", 12);
	madt_add("\x02\x0a\x00\x00\x02\x00\x00\x00\x0d\x00", 10);
	madt_add("\x04\x06\xff\x05\x00\x01", 6);
	madt_add("\x09\x02", 2);
	madt_add("\x05\x0c\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00", 12);
	set(4, madt_end, 4);
	madt = finish(madt_end);
	CHECK_EQ(acpi_parse_madt(madt, madt_end, &local_apic), 0);
	CHECK_EQ(local_apic, 0xfee00000);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_LOCAL_APIC && entry.processor == 5 && entry.apic_id == 7 &&
	      entry.flags == ACPI_LOCAL_APIC_ENABLED);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_IO_APIC && entry.apic_id == 2 &&
	      entry.address == 0xfec00000 && entry.global_interrupt == 24);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_OVERRIDE && entry.isa_irq == 0 &&
	      entry.global_interrupt == 2);
	CHECK((entry.flags & ACPI_INTI_POLARITY_MASK) == ACPI_INTI_ACTIVE_HIGH &&
	      (entry.flags & ACPI_INTI_TRIGGER_MASK) == ACPI_INTI_LEVEL);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_LOCAL_NMI && entry.processor == ACPI_ALL_PROCESSORS &&
	      entry.lint == 1 && entry.flags == 5);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK_EQ(entry.kind, ACPI_MADT_OTHER);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), 0);
	CHECK(entry.kind == ACPI_MADT_LOCAL_ADDRESS && entry.address == 0x100000000);
	CHECK_EQ(acpi_madt_next(madt, madt_end, &position, &entry), -ENOENT);
}

TEST(acpi_madt_entry_lengths)
{
	static const struct {
		uint8_t type, minimum;
	} kinds[] = {{0, 8}, {1, 12}, {2, 10}, {4, 6}, {5, 12},
		     {3, 2}, {6, 2},  {7, 2},  {9, 2}, {255, 2}};

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
			set(4, size - 1, 4); /* the entry ends one byte past the table */
			position = 0;
			CHECK_EQ(acpi_madt_next(finish(size - 1), size - 1, &position, &entry),
				 -EINVAL);
		}
	}
	begin("APIC", 43);
	CHECK_EQ(acpi_parse_madt(finish(43), 43, &(uint32_t){0}), -EINVAL);
	begin("APIC", 44);
	CHECK_EQ(acpi_parse_madt(finish(44), 44, &(uint32_t){0}), 0);
}

TEST(acpi_hpet_bounds)
{
	struct acpi_hpet hpet;

	begin("HPET", 56);
	set(44, 0xfed00000, 8);
	table[52] = 1;
	set(53, 0x1234, 2);
	CHECK_EQ(acpi_parse_hpet(finish(56), 56, &hpet), 0);
	CHECK(hpet.address == 0xfed00000 && hpet.number == 1 && hpet.minimum_tick == 0x1234);
	set(4, 55, 4);
	CHECK_EQ(acpi_parse_hpet(finish(55), 55, &hpet), -EINVAL);
	set(4, 56, 4);
	table[40] = 1;
	CHECK_EQ(acpi_parse_hpet(finish(56), 56, &hpet), -EINVAL);
}

static void build_fadt(size_t length)
{
	begin("FACP", length);
	set(40, 0x7000, 4);
	set(48, 0xb2, 4);
	table[52] = 2;
	set(64, 0x604, 4);
	set(68, 0, 4);
	set(76, 0x608, 4);
	set(112, ACPI_FADT_TIMER_32_BIT | ACPI_FADT_RESET, 4);
	table[116] = 1;
	table[117] = 8;
	set(120, 0xcf9, 8);
	table[128] = 0xf;
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
	CHECK(fadt.timer == 0x608 && fadt.smi_command == 0xb2 && fadt.acpi_enable == 2);
	CHECK(fadt.reset.address == 0 && fadt.reset_value == 0);
	build_fadt(129);
	CHECK_EQ(acpi_parse_fadt(finish(129), 129, &fadt), 0);
	CHECK_EQ(fadt.reset.bits, 8);
	CHECK(fadt.reset.space == 1 && fadt.reset.address == 0xcf9 && fadt.reset_value == 0xf);
	CHECK_EQ(fadt.dsdt, 0x7000);
	build_fadt(128);
	CHECK_EQ(acpi_parse_fadt(finish(128), 128, &fadt), 0);
	CHECK(fadt.reset.address == 0xcf9 && fadt.reset_value == 0);
	build_fadt(147);
	CHECK_EQ(acpi_parse_fadt(finish(147), 147, &fadt), 0);
	CHECK_EQ(fadt.dsdt, 0x7000);
	build_fadt(244);
	CHECK_EQ(acpi_parse_fadt(finish(244), 244, &fadt), 0);
	CHECK(fadt.dsdt == 0x123456000 && fadt.pm1a_control == 0x1604 && fadt.timer == 0x608);
	CHECK_EQ(fadt.flags, ACPI_FADT_TIMER_32_BIT | ACPI_FADT_RESET);
	set(212, 0x1608, 8); /* a port's number, but still in memory */
	set(176, 0xffff, 8);
	CHECK_EQ(acpi_parse_fadt(finish(244), 244, &fadt), 0);
	CHECK(fadt.pm1a_control == 0xffff && fadt.timer == 0x608);
	set(176, 0x10000, 8); /* no port */
	CHECK_EQ(acpi_parse_fadt(finish(244), 244, &fadt), 0);
	CHECK_EQ(fadt.pm1a_control, 0x604);
}

/* A DSDT with @size bytes of AML behind its header; what acpi_find_s5 says. */
static int find_s5(const char *aml, size_t size, uint8_t *a, uint8_t *b)
{
	*a = *b = 99;
	begin("DSDT", 36 + size);
	memcpy(table + 36, aml, size);
	return acpi_find_s5(test_copy(table, 36 + size), 36 + size, a, b);
}

TEST(acpi_s5_forms)
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

TEST(acpi_s5_cut_anywhere)
{
	uint8_t a, b;

	for (size_t size = 0; size < 12; size++)
		CHECK_EQ(find_s5("\x08_S5_\x12\x08\x02\x0a\x05\x0a\x07", size, &a, &b), -ENOENT);
}
