#pragma once

#include <stdint.h>

#include <kernel/percpu.h>

/*
 * What every entry saves, on the stack of whom it interrupted, or on an IST stack (NMI, double
 * fault, machine check). A handler may change it: the registers are loaded from it on return.
 * Pushed by entry.asm from the bottom up; from @error on by the CPU (Intel SDM vol. 3, 6.14).
 */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector;
	uint64_t error; /* 0 where the CPU pushes none */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Intel SDM vol. 3, table 6-1. */
enum trap_vector {
	TRAP_DIVIDE = 0,
	TRAP_DEBUG = 1,
	TRAP_NMI = 2,
	TRAP_BREAKPOINT = 3,
	TRAP_OVERFLOW = 4,
	TRAP_BOUND = 5,
	TRAP_OPCODE = 6,
	TRAP_DEVICE = 7,
	TRAP_DOUBLE_FAULT = 8,
	TRAP_TSS = 10,
	TRAP_SEGMENT = 11,
	TRAP_STACK = 12,
	TRAP_PROTECTION = 13,
	TRAP_PAGE_FAULT = 14,
	TRAP_FPU = 16,
	TRAP_ALIGNMENT = 17,
	TRAP_MACHINE_CHECK = 18,
	TRAP_SIMD = 19,
	TRAP_VECTORS = 32,
};

/*
 * Runs @handler for exception @vector (below 32) from now on, interrupts off, on the stack of who
 * faulted or the vector's IST stack. Returning goes back to the frame. Boot only; never undone.
 */
void trap_set_handler(unsigned vector, void (*handler)(struct trap_frame *frame));
const char *trap_name(unsigned vector); /* "page fault"; never NULL */

/* The same for all vectors from 32 on. Before interrupts are first turned on. */
void trap_set_interrupt_handler(void (*handler)(struct trap_frame *frame));

/* Called by entry.asm. */
void trap_dispatch(struct trap_frame *frame);
extern void (*trap_interrupt_handler)(struct trap_frame *frame);

/* NMIs seen by each CPU. */
DECLARE_PER_CPU(uint64_t, nmi_count);
