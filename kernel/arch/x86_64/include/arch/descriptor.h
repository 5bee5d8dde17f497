#pragma once

struct cpu;

/* The descriptors of each CPU (Intel SDM vol. 3, chapters 3, 6, 7). One flat code and data segment.
 */
#define SEGMENT_CODE 0x08
#define SEGMENT_DATA 0x10
#define SEGMENT_TSS 0x18

/* Loads GDT, TSS and IDT on this CPU; @cpu is its window's start. gs is not touched. */
void descriptors_load(struct cpu *cpu);
/* Lets stack @which of @cpu begin at @top: for NMI, double fault, machine check, and, last, for
 * interrupts and what exceptions of threads do in C. */
#define INTERRUPT_STACKS 4
void descriptors_set_stack(struct cpu *cpu, unsigned which, void *top);
