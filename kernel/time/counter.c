/*
 * The three counters of a PC whose frequency is known. The one rule: the first that is there is
 * taken, and none is stopped or set back once it has been read.
 */
#include "counter.h"

#include <lib/compiler.h>

#include <kernel/io.h>

#include <arch/control.h>

#define FEMTOSECONDS 1000000000000000ull

/* IA-PC HPET 1.0a, 2.3: 32-bit words, as not every HPET takes 64-bit reads. */
#define HPET_PERIOD 1 /* high half of the capabilities: femtoseconds a tick */
#define HPET_CONFIGURATION 4
#define HPET_ENABLE 1u
#define HPET_COUNTER 60

#define PM_FREQUENCY 3579545ull /* ACPI 6.4, 4.8.3.3 */

#define PIT_FREQUENCY 1193182ull
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND 0x43
#define PIT_COUNT_DOWN 0xb0 /* channel 2, both bytes, mode 0 */
#define PIT_LATCH 0x80	    /* channel 2 */
#define PIT_GATE 0x61

static volatile uint32_t *hpet;
static uint16_t pm_port;

static uint64_t hpet_read(void)
{
	return hpet[HPET_COUNTER];
}

static uint64_t pm_read(void)
{
	return io_in32(pm_port);
}

/* Latching and reading are three accesses. A machine without tables runs on one CPU, so interrupts
 * off keep them together. */
static uint64_t pit_read(void)
{
	uint64_t flags = irq_save();
	unsigned value;

	io_out8(PIT_COMMAND, PIT_LATCH);
	value = io_in8(PIT_CHANNEL_2);
	value |= (unsigned)io_in8(PIT_CHANNEL_2) << 8;
	irq_restore(flags);
	return 0xffff - value;
}

static bool hpet_start(const struct clock_hardware *hardware, struct counter *counter)
{
	uint32_t period;

	if (!hardware->hpet)
		return false;
	hpet = (volatile uint32_t *)hardware->hpet;
	period = hpet[HPET_PERIOD];
	if (period == 0 || period > 100000000) /* the greatest that the specification allows */
		return false;
	hpet[HPET_CONFIGURATION] = HPET_ENABLE;
	*counter = (struct counter){"hpet", hpet_read, UINT32_MAX, FEMTOSECONDS / period};
	return true;
}

static void pit_start(struct counter *counter)
{
	io_out8(PIT_GATE, (io_in8(PIT_GATE) & ~2u) | 1u); /* gate on, speaker off */
	io_out8(PIT_COMMAND, PIT_COUNT_DOWN);
	io_out8(PIT_CHANNEL_2, 0xff);
	io_out8(PIT_CHANNEL_2, 0xff);
	*counter = (struct counter){"pit", pit_read, 0xffff, PIT_FREQUENCY};
}

void counter_choose(const struct clock_hardware *hardware, struct counter *counter)
{
	if (hpet_start(hardware, counter))
		return;
	if (hardware->pm_port) {
		pm_port = hardware->pm_port;
		*counter = (struct counter){
		    "acpi", pm_read, hardware->pm_wide ? UINT32_MAX : 0xffffff, PM_FREQUENCY};
		return;
	}
	pit_start(counter);
}
