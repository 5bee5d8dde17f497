#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/percpu.h>

/*
 * What every entry saves, on the stack of what it interrupted, or on an IST stack (NMI, double
 * fault, machine check; an interrupt that finds no room, see entry.asm). A handler may change it:
 * the registers are loaded from it on return. Pushed by entry.asm from the bottom up; from @error
 * on by the CPU (Intel SDM vol. 3, 6.14).
 */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector;
	uint64_t error; /* 0 where the CPU pushes none */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Intel SDM vol. 3, table 6-1. */
#define TRAP_NMI 2
#define TRAP_INVALID_OPCODE 6
#define TRAP_DEVICE_NOT_AVAILABLE 7
#define TRAP_DOUBLE_FAULT 8
#define TRAP_STACK 12
#define TRAP_PAGE_FAULT 14
#define TRAP_MACHINE_CHECK 18
#define TRAP_VECTORS 32

/*
 * Core's: deals with an exception (below 32), interrupts off, on the interrupt stack or the
 * vector's IST stack. Returning goes back to the frame.
 */
void trap_handle(struct trap_frame *frame);
const char *trap_name(unsigned vector); /* "page fault"; never NULL */

/* Called by entry.asm for exceptions; from vector 32 on it calls interrupt_dispatch of irq. */
void trap_dispatch(struct trap_frame *frame);

/* How often each CPU has taken each vector; exceptions but NMI are not counted. [P] */
#define VECTORS 256
struct trap_counts {
	uint64_t of[VECTORS];
};
DECLARE_PER_CPU(struct trap_counts, trap_counts);

/*
 * Reads 8 bytes that may not be mapped: false instead of a fault. For code that follows pointers
 * that may be broken: backtraces, fault reports. Context: any.
 */
bool probe_read(const void *address, uint64_t *value);
