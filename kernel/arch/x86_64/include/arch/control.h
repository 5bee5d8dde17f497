#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The processor's own instructions, one function each (Intel SDM vol. 2). Context: any. PAT is set
 * on every CPU so that a page table entry with PWT alone means write combining, with PCD and PWT
 * uncached. No page is global: writing CR3 drops the whole TLB of this CPU.
 */
#define RFLAGS_FIXED 0x2ull /* always set */
#define RFLAGS_TF 0x100ull
#define RFLAGS_IF 0x200ull
#define RFLAGS_DF 0x400ull
#define RFLAGS_AC 0x40000ull
#define RFLAGS_KEPT (RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_AC) /* by each callback */

#define CR0_WP (1ull << 16)

#define MSR_APIC_BASE 0x1b
#define MSR_PAT 0x277
#define MSR_X2APIC 0x800 /* the first of the x2APIC's registers */
#define MSR_EFER 0xc0000080
#define MSR_GS_BASE 0xc0000101

#define CONTROL_REGISTER(name)                                                                     \
	static inline uint64_t name##_read(void)                                                   \
	{                                                                                          \
		uint64_t value;                                                                    \
		asm volatile("movq %%" #name ", %0" : "=r"(value) : : "memory");                   \
		return value;                                                                      \
	}                                                                                          \
	static inline void name##_write(uint64_t value)                                            \
	{                                                                                          \
		asm volatile("movq %0, %%" #name : : "r"(value) : "memory");                       \
	}
CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
CONTROL_REGISTER(cr8)
#undef CONTROL_REGISTER

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr"
		     :
		     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

struct cpuid_result {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_result result;

	asm volatile("cpuid"
		     : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
		     : "a"(leaf), "c"(subleaf));
	return result;
}

/* The time stamp counter; not ordered with what stands around it. */
static inline uint64_t tsc_read(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

#define INSTRUCTION(name, text)                                                                    \
	static inline void name(void)                                                              \
	{                                                                                          \
		asm volatile(text : : : "memory");                                                 \
	}
INSTRUCTION(cpu_pause, "pause")
INSTRUCTION(irq_enable, "sti")
INSTRUCTION(irq_disable, "cli")
/* Turns interrupts on and halts; one that waits already ends the halt (sti's shadow). Returns with
 * interrupts on. */
INSTRUCTION(cpu_halt_enabled, "sti; hlt")
INSTRUCTION(memory_barrier, "mfence")
#undef INSTRUCTION

static inline void tlb_flush_local_page(const void *address)
{
	asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void tlb_flush_local_all(void)
{
	cr3_write(cr3_read());
}

/* Turns interrupts off and returns the flags for irq_restore. */
static inline uint64_t irq_save(void)
{
	uint64_t flags;

	asm volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void irq_restore(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		irq_enable();
}

static inline uint64_t flags_read(void)
{
	uint64_t flags;

	asm volatile("pushfq; popq %0" : "=r"(flags));
	return flags;
}

static inline void flags_write(uint64_t flags)
{
	asm volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

static inline bool irq_enabled(void)
{
	return flags_read() & RFLAGS_IF;
}

static inline _Noreturn void cpu_halt_forever(void)
{
	for (;;)
		asm volatile("cli; hlt" : : : "memory");
}
