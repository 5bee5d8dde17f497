/*
 * From ACPI tables to what the lower layers ask for. The one rule: tables are read here only; irq,
 * time and arch get mapped registers and plain numbers, and work without any table.
 */
#include <core/machine.h>

#include <lib/acpi.h>
#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/io.h>
#include <kernel/module.h>

#include <arch/cpu.h>
#include <arch/lapic.h>
#include <irq/ioapic.h>
#include <log/panic.h>
#include <time/clock.h>

#define LAPIC_SIZE 4096
#define IOAPIC_SIZE 4096
#define HPET_SIZE 1024
#define APIC_ID_MAX 254
#define NMI_ENTRIES_MAX 64

struct processor {
	uint32_t apic_id;
	uint8_t uid; /* ACPI's name for it */
};

struct nmi_entry {
	uint8_t uid;
	uint8_t lint;
	uint32_t flags;
};

static struct processor processors[CPU_LIMIT]; /* the boot CPU included */
static unsigned processor_count;
static struct nmi_entry nmi_entries[NMI_ENTRIES_MAX];
static unsigned nmi_entry_count;
static unsigned ioapic_count;

static void add_processor(const struct acpi_madt_entry *entry)
{
	if (!(entry->flags & ACPI_LOCAL_APIC_ENABLED) || entry->apic_id > APIC_ID_MAX)
		return;
	if (processor_count < CPU_LIMIT)
		processors[processor_count++] =
		    (struct processor){entry->apic_id, entry->processor};
}

static void add_ioapic(uint64_t address, uint32_t base)
{
	void *registers = io_map(address, IOAPIC_SIZE, IO_UNCACHED);

	if (registers && !ioapic_add(registers, base)) {
		ioapic_count++;
		return;
	}
	printk(KERN_WARNING "acpi: no IOAPIC at %lx\n", address);
	io_unmap(registers);
}

static void add_nmi(const struct acpi_madt_entry *entry)
{
	if (nmi_entry_count < NMI_ENTRIES_MAX)
		nmi_entries[nmi_entry_count++] =
		    (struct nmi_entry){entry->processor, entry->lint, entry->flags};
}

static void add_entry(const struct acpi_madt_entry *entry)
{
	switch (entry->kind) {
	case ACPI_MADT_LOCAL_APIC:
		add_processor(entry);
		break;
	case ACPI_MADT_IO_APIC:
		add_ioapic(entry->address, entry->global_interrupt);
		break;
	case ACPI_MADT_OVERRIDE:
		ioapic_override(entry->isa_irq, entry->global_interrupt, (uint16_t)entry->flags);
		break;
	case ACPI_MADT_LOCAL_NMI:
		add_nmi(entry);
		break;
	default:
		break;
	}
}

/* ISA IRQ 0 on input 2 and LINT1 for NMI: the wiring of every PC since 1997. */
static void assume_pc(void)
{
	nmi_entries[0] = (struct nmi_entry){.uid = ACPI_ALL_PROCESSORS, .lint = 1};
	nmi_entry_count = 1;
	add_ioapic(IOAPIC_PHYSICAL_DEFAULT, 0);
	ioapic_override(0, 2, 0);
}

static void read_madt(void)
{
	size_t size, position = 0;
	const void *madt = acpi_table("APIC", &size);
	struct acpi_madt_entry entry;
	uint32_t ignored;

	if (!madt || acpi_parse_madt(madt, size, &ignored)) {
		assume_pc();
		return;
	}
	while (!acpi_madt_next(madt, size, &position, &entry))
		add_entry(&entry);
}

void machine_init_interrupts(void)
{
	void *registers = io_map(lapic_physical(), LAPIC_SIZE, IO_UNCACHED);

	if (!registers)
		panic("no memory to map the local APIC");
	lapic_set_mapping(registers);
	lapic_enable();
	cpu_this()->apic_id = lapic_id();
	ioapic_set_destination(lapic_id());
	read_madt();
	machine_init_lint(lapic_id());
	printk("irq: %u CPUs, %u IOAPICs\n", max(processor_count, 1u), ioapic_count);
}

static void find_hpet(struct clock_hardware *hardware)
{
	struct acpi_hpet hpet;
	size_t size;
	const void *table = acpi_table("HPET", &size);

	if (table && !acpi_parse_hpet(table, size, &hpet))
		hardware->hpet = io_map(hpet.address, HPET_SIZE, IO_UNCACHED);
}

static void find_pm_timer(struct clock_hardware *hardware)
{
	struct acpi_fadt fadt;
	size_t size;
	const void *table = acpi_table("FACP", &size);

	if (!table || acpi_parse_fadt(table, size, &fadt) || fadt.timer > UINT16_MAX)
		return;
	hardware->pm_port = (uint16_t)fadt.timer;
	hardware->pm_wide = fadt.flags & ACPI_FADT_TIMER_32_BIT;
}

void machine_init_clock(uint64_t entry_tsc)
{
	struct clock_hardware hardware = {.entry_tsc = entry_tsc};

	find_hpet(&hardware);
	find_pm_timer(&hardware);
	clock_init(&hardware);
}

unsigned machine_processor_count(void)
{
	return processor_count;
}

uint32_t machine_processor(unsigned index)
{
	return processors[index].apic_id;
}

static uint8_t uid_of(uint32_t apic_id)
{
	for (unsigned i = 0; i < processor_count; i++) {
		if (processors[i].apic_id == apic_id)
			return processors[i].uid;
	}
	return ACPI_ALL_PROCESSORS;
}

void machine_init_lint(uint32_t apic_id)
{
	uint8_t uid = uid_of(apic_id);

	for (unsigned i = 0; i < nmi_entry_count; i++) {
		const struct nmi_entry *entry = &nmi_entries[i];

		if (entry->uid != ACPI_ALL_PROCESSORS && entry->uid != uid)
			continue;
		lapic_set_lint_nmi(entry->lint, (entry->flags & ACPI_INTI_POLARITY_MASK) ==
						    ACPI_INTI_ACTIVE_LOW);
	}
}
