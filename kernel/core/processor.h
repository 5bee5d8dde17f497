#pragma once

/*
 * The other CPUs. Starts each that machine.h names, one after the other, and returns when all that
 * answer run their idle threads; one that does not is left out with a word in the log. On the boot
 * CPU, thread context, before work_init_all.
 */
void processors_start(void);

/* This CPU's stacks for NMI, double fault and machine check. -ENOMEM. */
struct cpu;
int processor_make_stacks(struct cpu *cpu);
