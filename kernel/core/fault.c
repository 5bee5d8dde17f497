/*
 * The fault policy: what happens when code does what it must not. The report says whose code it was
 * (module, function, offset), what it touched, and who called it. Then the bus may contain it: the
 * call into the module ends with an error and the kernel goes on. The one rule: whatever cannot be
 * shown to be inside such a call is a panic.
 *
 * A stack overflow hits the guard page below the stack, so the CPU cannot push the page fault's
 * frame there: it arrives as a double fault, on a stack of its own.
 */
#include <core/core.h>

#include <lib/compiler.h>
#include <lib/format.h>

#include <kernel/module.h>
#include <kernel/thread.h>

#include <arch/control.h>
#include <arch/probe.h>
#include <arch/trap.h>
#include <bus/call.h>
#include <log/panic.h>
#include <mm/stack.h>
#include <module/module.h>

#define TEXT_MAX 160

/* Bits of a page fault's error code (Intel SDM vol. 3, 4.7). */
#define FAULT_PRESENT 0x1
#define FAULT_WRITE 0x2
#define FAULT_RESERVED 0x8
#define FAULT_FETCH 0x10

#define NEAR_NULL 4096

/* Set while this CPU reports: a fault in the report itself is the end. [P] */
static DEFINE_PER_CPU(uint64_t, reporting);

static void log_line(const char *text)
{
	printk(KERN_ERR "%s\n", text);
}

static void panic_line(const char *text)
{
	panic_print("%s", text);
}

static void backtrace_in_panic(uint64_t rip, uint64_t rbp)
{
	backtrace_walk(rip, rbp, panic_line);
}

static const char *access_name(uint64_t error)
{
	if (error & FAULT_FETCH)
		return "execution";
	return error & FAULT_WRITE ? "write" : "read";
}

static const char *page_state(uint64_t address, uint64_t error)
{
	if (error & FAULT_RESERVED)
		return "through a broken page table";
	if (error & FAULT_PRESENT)
		return "of protected memory";
	if (address < NEAR_NULL)
		return "near address 0";
	return stack_guard_hit(address) ? "below a stack" : "of absent memory";
}

static void describe_page_fault(const struct trap_frame *frame, char *text, size_t size)
{
	uint64_t address = cr2_read();
	int used = format_text(text, size, "%s %s", access_name(frame->error),
			       page_state(address, frame->error));

	if (addresses_enabled && used > 0 && (size_t)used < size)
		format_text(text + used, size - (size_t)used, " at 0x%lx", address);
}

static void describe(const struct trap_frame *frame, char *text, size_t size)
{
	if (frame->vector == TRAP_PAGE_FAULT)
		describe_page_fault(frame, text, size);
	else if (frame->vector == TRAP_DOUBLE_FAULT && stack_guard_hit(cr2_read()))
		format_text(text, size, "stack overflow");
	else
		format_text(text, size, "%s", trap_name((unsigned)frame->vector));
}

/* A jump to where nothing is: who jumped stands on top of the stack, not behind the frame pointer.
 */
static void report_jump(const struct trap_frame *frame)
{
	char text[TEXT_MAX], name[TEXT_MAX];
	struct module_symbol symbol;
	uint64_t caller;

	if (frame->vector != TRAP_PAGE_FAULT || cr2_read() != frame->rip)
		return;
	if (module_symbol_find(frame->rip, &symbol) && symbol.gone)
		printk(KERN_ERR "fault: late call into %s, which is gone\n", symbol.module);
	if (!probe_read((const void *)frame->rsp, &caller))
		return;
	symbol_describe(caller - 1, name, sizeof(name));
	format_text(text, sizeof(text), "  at %s", name);
	log_line(text);
}

static void report(const struct trap_frame *frame)
{
	struct module *blamed = containment_blame(frame);
	struct thread *thread = thread_current();
	char what[TEXT_MAX], where[TEXT_MAX];

	describe(frame, what, sizeof(what));
	symbol_describe(frame->rip, where, sizeof(where));
	printk(KERN_ERR "fault: %s in %s at %s, CPU %u, thread %s\n", what,
	       blamed ? module_name(blamed) : "the kernel", where, cpu_id(),
	       thread ? thread_name(thread) : "none");
	report_jump(frame);
	backtrace_walk(0, frame->rbp, log_line);
}

static void fault(struct trap_frame *frame)
{
	char what[TEXT_MAX];

	if (panic_under_way() || *this_cpu_pointer(reporting))
		panic_at(frame, "%s", trap_name((unsigned)frame->vector));
	*this_cpu_pointer(reporting) = 1;
	if (!containment_repeats(frame))
		report(frame);
	*this_cpu_pointer(reporting) = 0;
	if (containment_unwind(frame))
		return;
	describe(frame, what, sizeof(what));
	panic_at(frame, "%s%s%s", what, containment_blame(frame) ? " in module " : "",
		 containment_blame(frame) ? module_name(containment_blame(frame)) : "");
}

/* Takes no lock and touches nothing that the interrupted code may be in the middle of. */
static void nmi(struct trap_frame *frame)
{
	if (panic_under_way())
		panic_halt_this_cpu();
}

static void machine_check(struct trap_frame *frame)
{
	panic_at(frame, "machine check");
}

void fault_init(void)
{
	for (unsigned vector = 0; vector < TRAP_VECTORS; vector++)
		trap_set_handler(vector, fault);
	trap_set_handler(TRAP_NMI, nmi);
	trap_set_handler(TRAP_MACHINE_CHECK, machine_check);
	panic_set_backtrace(backtrace_in_panic);
}
