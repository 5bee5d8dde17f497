/*
 * The local APIC. Two ways to the same registers: memory (xAPIC) and MSRs (x2APIC, only where the
 * firmware left it on; it cannot be left without a reset). The one rule: what uses the command
 * register does so with interrupts off, as xAPIC's takes two writes.
 */
#include <arch/lapic.h>

#include <arch/control.h>

/* Offsets of registers (Intel SDM vol. 3, table 10-1). */
enum lapic_register {
	LAPIC_ID = 0x20,
	LAPIC_EOI = 0xb0,
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_COMMAND = 0x300,
	LAPIC_COMMAND_HIGH = 0x310,
	LAPIC_TIMER = 0x320,
	LAPIC_LINT0 = 0x350,
	LAPIC_LINT1 = 0x360,
	LAPIC_ERROR_VECTOR = 0x370,
	LAPIC_TIMER_COUNT = 0x380,
	LAPIC_TIMER_NOW = 0x390,
	LAPIC_TIMER_DIVIDE = 0x3e0,
};

#define APIC_BASE_X2APIC (1ull << 10)
#define APIC_BASE_ENABLE (1ull << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull
#define CPUID_1_APIC (1u << 9) /* in EDX */

#define ENABLE_AND_SPURIOUS 0x1ff /* enabled, vector 0xff */
#define LVT_MASKED (1u << 16)
#define LVT_NMI (4u << 8)
#define LVT_ACTIVE_LOW (1u << 13)
#define DIVIDE_BY_16 3u

#define COMMAND_ASSERT 0x4000u
#define COMMAND_PENDING (1u << 12)
#define PENDING_LIMIT 1000000 /* looks: a command leaves within a microsecond, or never */

static volatile uint32_t *registers; /* [I] NULL before it is mapped */
static bool x2apic;		     /* [I] */

static uint32_t lapic_read(enum lapic_register offset)
{
	if (x2apic)
		return (uint32_t)msr_read(MSR_X2APIC + offset / 16);
	return registers[offset / 4];
}

static void lapic_write(enum lapic_register offset, uint32_t value)
{
	if (x2apic)
		msr_write(MSR_X2APIC + offset / 16, value);
	else
		registers[offset / 4] = value;
}

uint64_t lapic_physical(void)
{
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE);
	return cpuid(1, 0).edx & CPUID_1_APIC ? msr_read(MSR_APIC_BASE) & APIC_BASE_ADDRESS : 0;
}

void lapic_set_mapping(void *mapping)
{
	x2apic = msr_read(MSR_APIC_BASE) & APIC_BASE_X2APIC;
	registers = mapping;
}

bool lapic_ready(void)
{
	return registers || x2apic;
}

void lapic_enable(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	msr_write(MSR_APIC_BASE, x2apic ? base | APIC_BASE_X2APIC : base);
	lapic_write(LAPIC_SPURIOUS, ENABLE_AND_SPURIOUS);
	lapic_write(LAPIC_TIMER, LVT_MASKED);
	lapic_write(LAPIC_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LINT1, LVT_MASKED);
	lapic_write(LAPIC_ERROR_VECTOR, LVT_MASKED);
	cr8_write(0);
	lapic_eoi();
}

void lapic_wire_nmi(unsigned pin, bool active_low)
{
	lapic_write(pin ? LAPIC_LINT1 : LAPIC_LINT0, LVT_NMI | (active_low ? LVT_ACTIVE_LOW : 0));
}

uint32_t lapic_id(void)
{
	uint32_t id = lapic_read(LAPIC_ID);

	return x2apic ? id : id >> 24;
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

void lapic_send(uint32_t apic_id, uint32_t command)
{
	uint64_t flags = irq_save();

	command |= COMMAND_ASSERT;
	if (x2apic) {
		memory_barrier(); /* the MSR write is not ordered after earlier stores */
		msr_write(MSR_X2APIC + LAPIC_COMMAND / 16, (uint64_t)apic_id << 32 | command);
	} else {
		unsigned looks = 0;

		while (registers[LAPIC_COMMAND / 4] & COMMAND_PENDING && looks++ < PENDING_LIMIT)
			cpu_pause();
		registers[LAPIC_COMMAND_HIGH / 4] = apic_id << 24;
		registers[LAPIC_COMMAND / 4] = command;
	}
	irq_restore(flags);
}

void lapic_timer_setup(uint8_t vector)
{
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
	lapic_write(LAPIC_TIMER, vector);
}

void lapic_timer_start(uint32_t count)
{
	lapic_write(LAPIC_TIMER_COUNT, count);
}

uint32_t lapic_timer_count(void)
{
	return lapic_read(LAPIC_TIMER_NOW);
}
