#pragma once

#include <stdint.h>

#include <kernel/percpu.h>
#include <kernel/preempt.h>

struct thread;
struct call;
struct guard;

#define CPU_LIMIT 256 /* windows there is room for */

/*
 * What stands at the start of each CPU's window, at gs:0. The offsets of the first members are part
 * of the module ABI (<kernel/preempt.h>); gs:0x28 is where compilers look for the stack canary.
 * Each member is written by its own CPU only, unless it says otherwise.
 */
struct cpu {
	struct cpu *self;	  /* 0x00 [I] */
	struct thread *current;	  /* 0x08 */
	uint32_t preempt_count;	  /* 0x10 see <kernel/preempt.h> */
	uint32_t irq_depth;	  /* 0x14 */
	uint32_t id;		  /* 0x18 [I] */
	uint32_t apic_id;	  /* 0x1c [I] */
	struct guard *guard;	  /* 0x20 innermost walk without references: <arch/guard.h> */
	uint64_t canary;	  /* 0x28 [I] */
	uint64_t interrupt_stack; /* 0x30 [I] its top, see entry.asm */
} __attribute__((aligned(64)));

static inline struct cpu *cpu_of(unsigned id)
{
	return (struct cpu *)(PERCPU_BASE + (uint64_t)id * PERCPU_STRIDE);
}

static inline struct cpu *cpu_this(void)
{
	struct cpu *self;

	asm volatile("movq %%gs:0, %0" : "=r"(self));
	return self;
}

/* Makes @cpu a window's start: zeroes it, sets what is constant, preemption count to none. */
void cpu_window_init(struct cpu *cpu, unsigned id);
/*
 * From here on gs:0 of the CPU that calls is @cpu, and its descriptors are those in that window.
 * The contents of the window must be there; the boot CPU moves in with what it had so far. IRQs
 * off.
 */
void cpu_window_enter(struct cpu *cpu);
/* Sets what every CPU needs set before it runs on the final page tables: PAT, NX, CR0, CR4. */
void cpu_control_init(void);
/* Counts this CPU as running: cpu_count() is one more. CPUs come in the order of their numbers. */
void cpu_set_online(void);

/* The template of per-CPU data (linker.ld), and where the boot CPU's copy is before mm has windows.
 */
extern const char __percpu_load[], __percpu_size[];
