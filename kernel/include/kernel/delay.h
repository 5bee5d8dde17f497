#pragma once

#include <stdint.h>

#include <lib/compiler.h>

/*
 * Delays on purpose, under `debug`: delay_here() stands where two parties can meet. While a seed is
 * set a call of it spins for a number of steps drawn from the seed, the place, the CPU and how
 * often this CPU has drawn; most draw none. Context: any but nmi, with locks held, interrupts off
 * or the machine stopped too.
 */
extern uint64_t delay_seed; /* [A] 0: nothing delays */

void delay_draw(void);

static inline __attribute__((always_inline)) void delay_here(void)
{
	if (unlikely(READ_ONCE(delay_seed)))
		delay_draw();
}

/* 0 ends it. Without `debug` nothing happens. Context: thread. */
void delay_set_seed(uint64_t seed);
