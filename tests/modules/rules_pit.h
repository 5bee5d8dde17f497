#pragma once

#include <kernel/io.h>

/* The 8254 interval timer, channel 0, mode 2: line 0 fires @hertz times a second (19 to 1193182).
 */
#define PIT_LINE 0
#define PIT_CLOCK 1193182u
#define PIT_SLOWEST 19u

static inline void pit_start(unsigned hertz)
{
	unsigned divisor = PIT_CLOCK / hertz;

	io_out8(0x43, 0x34);
	io_out8(0x40, (uint8_t)divisor);
	io_out8(0x40, (uint8_t)(divisor >> 8));
}
