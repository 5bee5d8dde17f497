/*
 * A CPU's window and control registers. The one rule: gs leads to a window from the first line of C
 * on, so that preemption counts and per-CPU data work always and everywhere: at first the early
 * window of boot.asm, then the one that mm has mapped.
 */
#include <arch/cpu.h>

#include <string.h>

#include <arch/control.h>
#include <arch/descriptor.h>

#define EFER_NXE (1ull << 11)
#define CR0_EM (1ull << 2)
#define CR0_NE (1ull << 5)
#define CR4_MCE (1ull << 6)
#define CR4_OSFXSR (1ull << 9)
#define CR4_OSXSAVE (1ull << 18)
#define CPUID_MCE (1u << 7)
#define CPUID_PAT (1u << 16)

/* Entries 0 to 7: WB, WC, UC-, UC, and again (Intel SDM vol. 3, 11.12.2). */
#define PAT_LAYOUT 0x0007010600070106ull

/* At offset 0 of every window (linker.ld); only its address is used, which is 0. */
extern struct cpu cpu_template;
struct cpu cpu_template __attribute__((section(".percpu.cpu"))) = {
    .preempt_count = PREEMPT_NO_RESCHED,
};

static unsigned online; /* [A] */

void cpu_window_init(struct cpu *cpu, unsigned id)
{
	memset(cpu, 0, sizeof(*cpu));
	cpu->self = cpu;
	cpu->preempt_count = PREEMPT_NO_RESCHED;
	cpu->id = id;
	cpu->canary = tsc_read() * 0x9e3779b97f4a7c15 & ~0xffull;
}

void cpu_window_enter(struct cpu *cpu)
{
	msr_write(MSR_GS_BASE, (uint64_t)cpu);
	cpu->self = cpu;
	descriptors_load(cpu);
}

void cpu_control_init(void)
{
	uint32_t features = cpuid(1, 0).edx;

	/* Registers of x87, SSE and AVX are not kept: their instructions fault, whatever the
	 * firmware has left (Intel SDM vol. 3, 2.5 and 14.1). */
	cr0_write(cr0_read() | CR0_WP | CR0_NE | CR0_EM);
	cr4_write(cr4_read() & ~(CR4_OSFXSR | CR4_OSXSAVE));
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
	if (features & CPUID_MCE)
		cr4_write(cr4_read() | CR4_MCE);
	if (features & CPUID_PAT)
		msr_write(MSR_PAT, PAT_LAYOUT);
}

void cpu_set_online(void)
{
	__atomic_add_fetch(&online, 1, __ATOMIC_RELEASE);
}

unsigned cpu_count(void)
{
	return __atomic_load_n(&online, __ATOMIC_ACQUIRE);
}
