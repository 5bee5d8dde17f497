/*
 * The IOAPICs and the 8259s they replace. The one rule: a redirection entry is written high half
 * first and unmasked by the low half last, under the lock that also pairs index and window.
 */
#include <irq/ioapic.h>

#include <lib/errno.h>

#include <kernel/io.h>
#include <kernel/spinlock.h>

#include <arch/cpu.h>
#include <irq/interrupt.h>

#define CHIPS 8
#define ISA_LINES 16

#define REGISTER_SELECT 0 /* 32-bit words from the start of the chip */
#define REGISTER_WINDOW 4
#define INDEX_VERSION 1u
#define INDEX_ENTRY 0x10u /* + 2 * input */

#define ENTRY_ACTIVE_LOW (1u << 13)
#define ENTRY_LEVEL (1u << 15)
#define ENTRY_MASKED (1u << 16)

/* ACPI 6.4, table 5.26: polarity in bits 0-1, trigger in bits 2-3; 0: as the bus has it. */
#define FLAG_POLARITY 3u
#define FLAG_POLARITY_LOW 3u
#define FLAG_TRIGGER 0xcu
#define FLAG_TRIGGER_LEVEL 0xcu

static struct chip {
	volatile uint32_t *registers;
	uint32_t base, inputs;
} chips[CHIPS]; /* [I] after boot */
static unsigned chip_count;

static struct override {
	bool set;
	uint16_t flags;
	uint32_t gsi;
} overrides[ISA_LINES]; /* [I] after boot */

static DEFINE_SPINLOCK(ioapic_lock);

static uint32_t chip_read(struct chip *chip, uint32_t index)
{
	chip->registers[REGISTER_SELECT] = index;
	return chip->registers[REGISTER_WINDOW];
}

static void chip_write(struct chip *chip, uint32_t index, uint32_t value)
{
	chip->registers[REGISTER_SELECT] = index;
	chip->registers[REGISTER_WINDOW] = value;
}

void pic_disable(void)
{
	static const uint8_t command[2] = {0x20, 0xa0};

	for (unsigned i = 0; i < 2; i++) {
		uint16_t data = command[i] + 1;

		io_out8(command[i], 0x11);	      /* ICW1: ICW4 follows, cascade */
		io_out8(data, VECTOR_PIC + 8 * i);    /* ICW2: vectors */
		io_out8(data, i == 0 ? 1u << 2 : 2u); /* ICW3: how they are wired */
		io_out8(data, 1);		      /* ICW4: 8086 */
		io_out8(data, 0xff);		      /* all masked */
	}
}

int ioapic_add(volatile uint32_t *registers, uint32_t base)
{
	struct chip *chip = &chips[chip_count];
	uint32_t version;

	if (chip_count == CHIPS)
		return -ENOSPC;
	chip->registers = registers;
	version = chip_read(chip, INDEX_VERSION);
	if (version == UINT32_MAX || version == 0)
		return -ENODEV;
	chip->base = base;
	chip->inputs = (version >> 16 & 0xff) + 1;
	for (uint32_t input = 0; input < chip->inputs; input++)
		chip_write(chip, INDEX_ENTRY + 2 * input, ENTRY_MASKED);
	chip_count++;
	return 0;
}

void ioapic_override(unsigned irq, uint32_t gsi, uint16_t flags)
{
	if (irq < ISA_LINES)
		overrides[irq] = (struct override){true, flags, gsi};
}

/* The chip and the index of the entry behind a line; NULL when there is none. */
static struct chip *find_entry(unsigned line, uint32_t *index)
{
	uint32_t gsi = line < ISA_LINES && overrides[line].set ? overrides[line].gsi : line;

	for (unsigned i = 0; i < chip_count; i++) {
		struct chip *chip = &chips[i];

		if (gsi >= chip->base && gsi - chip->base < chip->inputs) {
			*index = INDEX_ENTRY + 2 * (gsi - chip->base);
			return chip;
		}
	}
	return NULL;
}

/* ISA lines are edge-triggered and active high unless overridden, all others level and low. */
static uint32_t entry_kind(unsigned line)
{
	uint32_t kind = 0;

	if (line >= ISA_LINES)
		return ENTRY_LEVEL | ENTRY_ACTIVE_LOW;
	if ((overrides[line].flags & FLAG_POLARITY) == FLAG_POLARITY_LOW)
		kind |= ENTRY_ACTIVE_LOW;
	if ((overrides[line].flags & FLAG_TRIGGER) == FLAG_TRIGGER_LEVEL)
		kind |= ENTRY_LEVEL;
	return kind;
}

bool ioapic_has_line(unsigned line)
{
	uint32_t index;

	return find_entry(line, &index) != NULL;
}

void ioapic_unmask(unsigned line, uint8_t vector)
{
	uint32_t index;
	struct chip *chip = find_entry(line, &index);
	uint64_t flags;

	if (!chip)
		return; /* no wire leads to it */
	flags = spin_lock_irqsave(&ioapic_lock);

	chip_write(chip, index + 1, cpu_of(line % cpu_count())->apic_id << 24);
	chip_write(chip, index, vector | entry_kind(line));
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_mask(unsigned line)
{
	uint32_t index;
	struct chip *chip = find_entry(line, &index);
	uint64_t flags;

	if (!chip)
		return; /* no wire leads to it */
	flags = spin_lock_irqsave(&ioapic_lock);

	chip_write(chip, index, chip_read(chip, index) | ENTRY_MASKED);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}
