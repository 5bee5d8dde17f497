/*
 * Panic. The one rule: it trusts nothing. It takes no lock, waits for no CPU for long, and a fault
 * on the way shortens the report instead of repeating it.
 */
#include <log/panic.h>

#include <stdarg.h>

#include <lib/format.h>

#include <kernel/io.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/lapic.h>
#include <arch/trap.h>

#include <log/log.h>
#include <log/uart.h>

#define EXIT_PORT 0xf4 /* QEMU's isa-debug-exit: status 2 * value + 1 */
#define EXIT_PANIC 99
#define STOP_TIMEOUT 100000000 /* TSC ticks; a CPU that does not answer is left alone */

static uint32_t panicking;	 /* [A] CPU number + 1 of the first to panic */
static uint32_t halted;		 /* [A] CPUs that have followed the NMI */
static unsigned depth;		 /* faults inside the report */
static void (*last_words)(void); /* [A] */

bool panic_under_way(void)
{
	return __atomic_load_n(&panicking, __ATOMIC_ACQUIRE) != 0;
}

void panic_halt_this_cpu(void)
{
	__atomic_add_fetch(&halted, 1, __ATOMIC_RELEASE);
	cpu_halt_forever();
}

void panic_print(const char *format, ...)
{
	char line[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = format_text_v(line, sizeof(line), format, arguments);
	va_end(arguments);
	log_panic_line(line, min((size_t)length, sizeof(line) - 1));
}

static _Noreturn void panic_end(void)
{
	uart_drain();
	io_out32(EXIT_PORT, EXIT_PANIC);
	cpu_halt_forever();
}

static void stop_others(void)
{
	uint64_t start = tsc_read();

	if (!lapic_ready() || cpu_count() < 2)
		return;
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu != cpu_this()->id)
			lapic_send(cpu_of(cpu)->apic_id, LAPIC_NMI);
	}
	while (__atomic_load_n(&halted, __ATOMIC_ACQUIRE) + 1 < cpu_count() &&
	       tsc_read() - start < STOP_TIMEOUT)
		cpu_pause();
}

/* Only the first CPU comes through, and a fault in its report only so far. */
static void panic_enter(void)
{
	uint32_t first = 0, me;

	irq_disable();
	me = cpu_this()->id + 1;
	if (__atomic_compare_exchange_n(&panicking, &first, me, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) {
		stop_others();
		log_enter_panic();
		return;
	}
	if (first != me)
		panic_halt_this_cpu();
	if (++depth > 2)
		panic_end();
	panic_print("panic: and another while reporting");
}

void panic_set_last_words(void (*speak)(void))
{
	WRITE_ONCE(last_words, speak);
}

void panic_forget_last_words(struct booking *booking)
{
	panic_set_last_words(NULL);
}

static void print_registers(const struct trap_frame *frame)
{
	panic_print("  vector %lu (%s) error %lx cr2 %016lx cr3 %016lx", frame->vector,
		    trap_name((unsigned)frame->vector), frame->error, cr2_read(), cr3_read());
	panic_print("  rip %016lx rsp %016lx rflags %016lx", frame->rip, frame->rsp, frame->rflags);
	panic_print("  rax %016lx rbx %016lx rcx %016lx", frame->rax, frame->rbx, frame->rcx);
	panic_print("  rdx %016lx rsi %016lx rdi %016lx", frame->rdx, frame->rsi, frame->rdi);
	panic_print("  rbp %016lx r8  %016lx r9  %016lx", frame->rbp, frame->r8, frame->r9);
	panic_print("  r10 %016lx r11 %016lx r12 %016lx", frame->r10, frame->r11, frame->r12);
	panic_print("  r13 %016lx r14 %016lx r15 %016lx", frame->r13, frame->r14, frame->r15);
}

static _Noreturn void panic_report(const struct trap_frame *frame, uint64_t rbp, const char *format,
				   va_list arguments)
{
	char text[200];

	panic_enter();
	format_text_v(text, sizeof(text), format, arguments);
	panic_print("panic: %s", text);
	panic_print("  CPU %u of %u, preemption count %u, interrupt depth %u", cpu_this()->id,
		    cpu_count(), preempt_count(), cpu_this()->irq_depth);
	panic_blame(frame ? frame->rip : 0);
	if (frame)
		print_registers(frame);
	report_backtrace(frame ? frame->rip : 0, frame ? frame->rbp : rbp);
	if (last_words)
		last_words(); /* bare: unsafe by definition */
	panic_end();
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	panic_report(NULL, (uint64_t)__builtin_frame_address(0), format, arguments);
}

void panic_at(struct trap_frame *frame, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	panic_report(frame, 0, format, arguments);
}
