/*
 * From ACPI tables to what the lower layers ask for. The one rule: tables are read here only; irq,
 * time and arch get mapped registers and plain numbers, and work without any table.
 */
#include <core/core.h>

#include <lib/acpi.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/io.h>
#include <kernel/module.h>

#include <arch/lapic.h>
#include <irq/ioapic.h>
#include <log/panic.h>
#include <time/clock.h>

#define LAPIC_SIZE 4096
#define IOAPIC_SIZE 4096
#define HPET_SIZE 1024
#define APIC_ID_MAX 254 /* what an xAPIC can address; 255 is all */

uint32_t processor_apic_ids[CPU_LIMIT];
unsigned processor_others;
static unsigned ioapic_count;

static void add_ioapic(uint64_t address, uint32_t base)
{
	void *registers = io_map(address, IOAPIC_SIZE, IO_UNCACHED);

	if (registers && !ioapic_add(registers, base)) {
		ioapic_count++;
		return;
	}
	printk(KERN_WARNING "acpi: no IOAPIC for the lines from %u on where the table says\n",
	       base);
	io_unmap(registers);
}

BUILD_BUG_ON(APIC_ID_MAX >= CPU_LIMIT);

/* The boot CPU is there, listed or not; and tables list CPUs twice, or in both forms. */
static void add_processor(uint32_t apic_id)
{
	bool known = apic_id == cpu_this()->apic_id;

	for (unsigned i = 0; i < processor_others; i++)
		known |= processor_apic_ids[i] == apic_id;
	if (apic_id > APIC_ID_MAX)
		printk(KERN_WARNING "cpu: APIC %u is left out: IDs above %u are not supported\n",
		       apic_id, APIC_ID_MAX);
	else if (!known)
		processor_apic_ids[processor_others++] = apic_id;
}

static void add_entry(const struct acpi_madt_entry *entry)
{
	if (entry->kind == ACPI_MADT_LOCAL_APIC && entry->flags & ACPI_LOCAL_APIC_ENABLED)
		add_processor(entry->apic_id);
	if (entry->kind == ACPI_MADT_IO_APIC)
		add_ioapic(entry->address, entry->global_interrupt);
	if (entry->kind == ACPI_MADT_OVERRIDE)
		ioapic_override(entry->isa_irq, entry->global_interrupt, (uint16_t)entry->flags);
}

void machine_wire_nmi(void)
{
	struct acpi_madt_entry entry;
	size_t size, position = 0;
	const void *madt = acpi_table("APIC", &size);
	unsigned self = ACPI_ALL_PROCESSORS;
	bool wired = false;

	while (madt && !acpi_madt_next(madt, size, &position, &entry))
		if (entry.kind == ACPI_MADT_LOCAL_APIC && entry.apic_id == cpu_this()->apic_id)
			self = entry.processor;
	position = 0;
	while (madt && !acpi_madt_next(madt, size, &position, &entry)) {
		if (entry.kind != ACPI_MADT_LOCAL_NMI ||
		    (entry.processor != ACPI_ALL_PROCESSORS && entry.processor != self))
			continue;
		lapic_wire_nmi(entry.lint,
			       (entry.flags & ACPI_INTI_POLARITY) == ACPI_INTI_ACTIVE_LOW);
		wired = true;
	}
	if (!wired) /* where every PC has it */
		lapic_wire_nmi(1, false);
}

void machine_init_interrupts(void)
{
	struct acpi_madt_entry entry;
	size_t size, position = 0;
	const void *madt = acpi_table("APIC", &size);
	void *registers;
	int error = -ENOENT;

	if (!lapic_physical())
		panic("this processor has no local APIC, or firmware has turned it off for good");
	registers = io_map(lapic_physical(), LAPIC_SIZE, IO_UNCACHED);
	if (!registers)
		panic("no memory to map the local APIC");
	lapic_set_mapping(registers);
	lapic_enable();
	cpu_this()->apic_id = lapic_id();
	machine_wire_nmi();
	while (madt && !(error = acpi_madt_next(madt, size, &position, &entry)))
		add_entry(&entry);
	if (error != -ENOENT)
		printk(KERN_WARNING
		       "acpi: the MADT is malformed at byte %zu; the rest is left out\n",
		       position);
	if (ioapic_count == 0) { /* the wiring of every PC since 1997 */
		add_ioapic(IOAPIC_PHYSICAL_DEFAULT, 0);
		ioapic_override(0, 2, 0);
	}
	printk("irq: %u CPUs, %u IOAPICs\n", 1 + processor_others, ioapic_count);
}

void machine_init_clock(uint64_t entry_tsc)
{
	struct clock_hardware hardware = {.entry_tsc = entry_tsc};
	struct acpi_fadt fadt;
	uint64_t address;
	size_t size;
	const void *table = acpi_table("HPET", &size);

	if (table && !acpi_parse_hpet(table, size, &address))
		hardware.hpet = io_map(address, HPET_SIZE, IO_UNCACHED);
	table = acpi_table("FACP", &size);
	if (table && !acpi_parse_fadt(table, size, &fadt) && fadt.timer <= UINT16_MAX)
		hardware.pm_port = (uint16_t)fadt.timer;
	clock_init(&hardware);
}
