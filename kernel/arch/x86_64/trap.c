/*
 * Exceptions: a table of handlers, and the two that arch keeps for itself, the probing read and the
 * NMI. The one rule: an exception that nobody has claimed ends in a panic that names it.
 */
#include <arch/trap.h>

#include <lib/compiler.h>

#include <log/panic.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/probe.h>

DEFINE_PER_CPU(uint64_t, nmi_count);

static void (*handlers[TRAP_VECTORS])(struct trap_frame *frame);

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
	ASSERT(vector < TRAP_VECTORS);
	handlers[vector] = handler;
}

/* Takes no lock and touches nothing that the interrupted code may be in the middle of. */
static void nmi(struct trap_frame *frame)
{
	this_cpu_inc(nmi_count);
	if (panic_under_way())
		panic_halt_this_cpu();
	if (handlers[TRAP_NMI])
		handlers[TRAP_NMI](frame);
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector == TRAP_NMI) {
		nmi(frame);
		return;
	}
	if (frame->rip == (uint64_t)probe_read_access) {
		frame->rip = (uint64_t)probe_read_failed;
		return;
	}
	if (!handlers[frame->vector])
		panic_at(frame, "%s", trap_name(frame->vector));
	handlers[frame->vector](frame);
}
