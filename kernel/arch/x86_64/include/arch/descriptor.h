#pragma once

#include <stddef.h>
#include <stdint.h>

struct cpu;

/* The descriptors of each CPU (Intel SDM vol. 3, chapters 3, 6, 7). One flat code and data segment.
 */
#define SEGMENT_CODE 0x08
#define SEGMENT_DATA 0x10
#define SEGMENT_TSS 0x18

/* Which IST entry which exception uses. */
enum interrupt_stack {
	STACK_NMI = 1,
	STACK_DOUBLE_FAULT = 2,
	STACK_MACHINE_CHECK = 3,
	INTERRUPT_STACKS = 3,
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

/* Loads GDT, TSS and IDT on this CPU; @cpu is its window's start. gs is not touched. */
void descriptors_load(struct cpu *cpu);
/* Lets exception stack @which of @cpu begin at @top. */
void descriptors_set_stack(struct cpu *cpu, enum interrupt_stack which, void *top);
