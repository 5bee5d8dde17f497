/*
 * Where exceptions and interrupts go: to functions that the layers above have put here, since arch
 * knows none of them. The one rule: what nobody has claimed stops the CPU.
 */
#include <arch/trap.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/probe.h>

DEFINE_PER_CPU(uint64_t, nmi_count);

static void (*handlers[TRAP_VECTORS])(struct trap_frame *frame);
void (*trap_interrupt_handler)(struct trap_frame *frame); /* called by entry.asm */

static const char *const names[TRAP_VECTORS] = {
    [TRAP_DIVIDE] = "divide error",
    [TRAP_DEBUG] = "debug exception",
    [TRAP_NMI] = "non-maskable interrupt",
    [TRAP_BREAKPOINT] = "breakpoint",
    [TRAP_OVERFLOW] = "overflow",
    [TRAP_BOUND] = "bound exceeded",
    [TRAP_OPCODE] = "invalid opcode",
    [TRAP_DEVICE] = "device not available",
    [TRAP_DOUBLE_FAULT] = "double fault",
    [TRAP_TSS] = "invalid TSS",
    [TRAP_SEGMENT] = "segment not present",
    [TRAP_STACK] = "stack segment fault",
    [TRAP_PROTECTION] = "general protection fault",
    [TRAP_PAGE_FAULT] = "page fault",
    [TRAP_FPU] = "x87 floating-point error",
    [TRAP_ALIGNMENT] = "alignment check",
    [TRAP_MACHINE_CHECK] = "machine check",
    [TRAP_SIMD] = "SIMD floating-point error",
};

const char *trap_name(unsigned vector)
{
	if (vector >= TRAP_VECTORS || !names[vector])
		return "reserved exception";
	return names[vector];
}

void trap_set_handler(unsigned vector, void (*handler)(struct trap_frame *frame))
{
	handlers[vector] = handler;
}

void trap_set_interrupt_handler(void (*handler)(struct trap_frame *frame))
{
	trap_interrupt_handler = handler;
}

#define HLT 0xf4

/*
 * An NMI between `sti` and `hlt` ends the shadow that keeps other interrupts out until the halt;
 * the one that should end it would come before it. So that halt is left out: who halts looks again.
 */
static void skip_halt(struct trap_frame *frame)
{
	uint64_t code;

	if (probe_read((const void *)frame->rip, &code) && (uint8_t)code == HLT)
		frame->rip++;
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector == TRAP_NMI) {
		this_cpu_inc(nmi_count);
		skip_halt(frame);
	}
	if (frame->rip == (uint64_t)probe_read_access && frame->vector != TRAP_NMI) {
		frame->rip = (uint64_t)probe_read_failed;
		return;
	}
	if (!handlers[frame->vector])
		cpu_halt_forever();
	handlers[frame->vector](frame); /* bare: the kernel's own, set at boot */
}
