#pragma once

#include <stdint.h>

#include <kernel/preempt.h>

/*
 * Per-CPU data. A symbol in section .percpu has as its value its offset in each CPU's window, so
 * that %gs:symbol is this CPU's copy. Which CPU "this" is changes under a thread that can be
 * preempted: [P] data is touched with preemption off, except by the single-instruction helpers.
 */
#define PERCPU_BASE 0xffffd00000000000
#define PERCPU_STRIDE 0x20000
#define PERCPU_MODULES 0x14000	   /* offset of modules' per-CPU data in a window */
#define PERCPU_MODULES_SIZE 0x8000 /* for all modules together */

#define DEFINE_PER_CPU(type, name) __attribute__((section(".percpu"))) type name
#define DECLARE_PER_CPU(type, name) extern type name

/* The copy of CPU @cpu. */
#define per_cpu_pointer(name, cpu)                                                                 \
	((__typeof__(name) *)(PERCPU_BASE + (uint64_t)(cpu)*PERCPU_STRIDE + (uint64_t) & (name)))
#define per_cpu(name, cpu) (*per_cpu_pointer(name, cpu))
/* This CPU's copy; preemption off. */
#define this_cpu_pointer(name)                                                                     \
	({                                                                                         \
		uint64_t this_base;                                                                \
		asm volatile("movq %%gs:0, %0" : "=r"(this_base));                                 \
		(__typeof__(name) *)(this_base + (uint64_t) & (name));                             \
	})

/* Each is one instruction, whole with regard to interrupts and preemption; 4 or 8 byte data. */
#define this_cpu_add(name, value)                                                                  \
	do {                                                                                       \
		if (sizeof(name) == 8)                                                             \
			asm volatile("addq %1, %%gs:%0"                                            \
				     : "+m"(name)                                                  \
				     : "er"((uint64_t)(value))                                     \
				     : "cc");                                                      \
		else                                                                               \
			asm volatile("addl %1, %%gs:%0"                                            \
				     : "+m"(name)                                                  \
				     : "er"((uint32_t)(value))                                     \
				     : "cc");                                                      \
	} while (0)
#define this_cpu_inc(name) this_cpu_add(name, 1)
