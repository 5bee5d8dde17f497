#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <arch/cpu.h>

/*
 * The quiet words say which CPUs are idle in HLT and what each does before anything else when it
 * wakes. Others set these duties by compare-exchange, and only where the CPU is idle, so that a CPU
 * that sleeps is neither woken nor waited for. The head of smp/quiet.c argues why that is enough.
 */

/*
 * True: CPU @cpu is idle and will drop its whole TLB before it touches anything else. False: it
 * must be interrupted. Never this CPU. Context: any with preemption off.
 */
bool quiet_defer_flush(unsigned cpu);

/* The idle loop, interrupts off: says idle (a full barrier); and not idle any more, duties done. */
void quiet_enter(void);
void quiet_leave(void);

/* Four bits for each CPU, sixteen CPUs a word, so that a stop claims sixteen at once. */
#define QUIET_BITS 4
#define QUIET_GROUP (64 / QUIET_BITS)

/* Who has been claimed by a stop. */
struct quiet_set {
	uint64_t groups[CPU_LIMIT / QUIET_GROUP];
};

/* Claims all CPUs that are idle: they count as stopped, and wait for the release before they leave
 * their sleep. Returns how many. This CPU is not idle. Only whoever stops the machine. */
unsigned quiet_claim(struct quiet_set *claimed);
/* Releases them; with @flush they owe a flush as well. */
void quiet_release(const struct quiet_set *claimed, bool flush);
bool quiet_is_claimed(const struct quiet_set *claimed, unsigned cpu);
