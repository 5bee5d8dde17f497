/*
 * Where exceptions go first: what arch itself has to do about them is done before the policy of
 * core looks at them.
 */
#include <arch/trap.h>

DEFINE_PER_CPU(struct trap_counts, trap_counts);

extern const char probe_read_access[], probe_read_failed[]; /* entry.asm */

static const char *const names[TRAP_VECTORS] = {"divide error",
						"debug exception",
						"non-maskable interrupt",
						"breakpoint",
						"overflow",
						"bound exceeded",
						"invalid opcode",
						"device not available",
						"double fault",
						0,
						"invalid TSS",
						"segment not present",
						"stack segment fault",
						"general protection fault",
						"page fault",
						0,
						"x87 floating-point error",
						"alignment check",
						"machine check",
						"SIMD floating-point error"};

const char *trap_name(unsigned vector)
{
	if (vector >= TRAP_VECTORS || !names[vector])
		return "reserved exception";
	return names[vector];
}

#define HLT 0xf4

/*
 * An NMI between `sti` and `hlt` ends the shadow that keeps other interrupts out until the halt;
 * the one that should end it would come before it. So that halt is left out: a CPU that halts looks
 * again.
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
		this_cpu_pointer(trap_counts)->of[TRAP_NMI]++;
		skip_halt(frame);
	}
	if (frame->rip == (uint64_t)probe_read_access && frame->vector != TRAP_NMI) {
		frame->rip = (uint64_t)probe_read_failed;
		return;
	}
	trap_handle(frame);
}
