/* Delays on purpose: <kernel/delay.h>. */
#include <kernel/delay.h>

#include <kernel/boot.h>
#include <kernel/percpu.h>

#include <arch/control.h>

#define ONE_IN 4u   /* draws that delay */
#define LONGEST 10u /* at most 2^LONGEST steps, mostly far fewer */

uint64_t delay_seed;
static DEFINE_PER_CPU(uint64_t, drawn);

void delay_draw(void)
{
	unsigned cpu = cpu_id();
	uint64_t place = (uint64_t)__builtin_return_address(0);
	uint64_t mixed = READ_ONCE(delay_seed) ^ place << 20 ^ (uint64_t)cpu << 56;

	mixed = (mixed + per_cpu(drawn, cpu)) * 0x9e3779b97f4a7c15;
	mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9;
	mixed ^= mixed >> 32;
	this_cpu_inc(drawn);
	if (mixed % ONE_IN != 0)
		return;
	for (uint64_t left = 1ull << (mixed >> 8) % (LONGEST + 1); left > 0; left--)
		cpu_pause();
}

void delay_set_seed(uint64_t seed)
{
	if (!debug_enabled)
		return;
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		per_cpu(drawn, cpu) = 0;
	WRITE_ONCE(delay_seed, seed);
}
