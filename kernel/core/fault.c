/*
 * The fault policy: what happens when code does what it must not. The report says whose code it was
 * (module, function, offset), what it touched, and what called it. Then the bus may contain it: the
 * call into the module ends with an error and the kernel goes on. The one rule: whatever cannot be
 * shown to be inside such a call is a panic.
 *
 * A stack overflow hits the guard page below the stack, so the CPU cannot push the page fault's
 * frame there: it arrives as a double fault, on a stack of its own. So does any exception whose
 * frame finds no room. An interrupt that finds too little ends the call as well (entry.asm).
 */
#include <core/core.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/module.h>
#include <kernel/preempt.h>

#include <arch/control.h>
#include <arch/trap.h>
#include <bus/blame.h>
#include <bus/call.h>
#include <bus/owner.h>
#include <irq/interrupt.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <mm/stack.h>
#include <module/module.h>
#include <sched/thread.h>
#include <smp/late.h>

#define TEXT_MAX 160

/* Bits of a page fault's error code (Intel SDM vol. 3, 4.7). */
#define FAULT_PRESENT 0x1
#define FAULT_WRITE 0x2
#define FAULT_RESERVED 0x8
#define FAULT_FETCH 0x10

#define NEAR_NULL 4096

#define FLOAT_HINT " (SSE, AVX or x87? compile with -mgeneral-regs-only)"

#define LINES_MAX 24
#define DEPTH_MAX 2000 /* a recursion that has filled its stack is gone through to its begin */
#define NAME_MAX 128

/* Set while this CPU reports: a fault in the report itself is the end. [P] */
static DEFINE_PER_CPU(uint64_t, reporting);

/* Neither the kernel nor modules are compiled with other instructions that the CPU refuses, but for
 * ud2 (0f 0b), which is meant. */
static bool is_float(const struct trap_frame *frame)
{
	uint64_t bytes;

	if (frame->vector != TRAP_INVALID_OPCODE)
		return frame->vector == TRAP_DEVICE_NOT_AVAILABLE;
	return probe_read((const void *)frame->rip, &bytes) && (bytes & 0xffff) != 0x0b0f;
}

/* What happened: "write of absent memory", "stack overflow", the name of the exception. */
static void describe(const struct trap_frame *frame, char *text, size_t size)
{
	uint64_t address = cr2_read(), error = frame->error;
	bool below_stack = stack_guard_hit(address);
	const char *access = "read", *place = "of absent memory";
	int used;

	if (frame->rip == (uint64_t)misuse_trap) {
		strlcpy(text, "misuse", size);
		return;
	}
	if (frame->vector != TRAP_PAGE_FAULT) {
		bool overflow = (frame->vector == TRAP_DOUBLE_FAULT && below_stack) ||
				(frame->vector == TRAP_STACK && stack_is_full(frame->rsp));

		format_text(text, size, "%s%s",
			    overflow ? "stack overflow" : trap_name((unsigned)frame->vector),
			    is_float(frame) ? FLOAT_HINT : "");
		return;
	}
	if (error & FAULT_FETCH)
		access = "execution";
	else if (error & FAULT_WRITE)
		access = "write";
	if (error & FAULT_RESERVED)
		place = "through a broken page table";
	else if (error & FAULT_PRESENT)
		place = "of protected memory";
	else if (address < NEAR_NULL)
		place = "near address 0";
	else if (below_stack)
		place = "below a stack";
	else if (owner_of_freed_init(address))
		place = "of memory that was freed after init (what is used later is not __init)";
	used = format_text(text, size, "%s %s", access, place);
	if (addresses_enabled && (size_t)used < size)
		format_text(text + used, size - (size_t)used, " at 0x%lx", address);
}

struct walk {
	uint64_t address; /* of the line that is not out yet */
	unsigned repeats;
	unsigned lines;
};

static void flush_line(struct walk *walk)
{
	char name[NAME_MAX], text[NAME_MAX + 32];

	if (walk->repeats == 0 || walk->lines++ >= LINES_MAX)
		return;
	code_describe(walk->address, name, sizeof(name));
	format_text(text, sizeof(text), walk->repeats == 1 ? "  at %s" : "  at %s, %u times", name,
		    walk->repeats);
	if (panic_under_way())
		panic_print("%s", text);
	else
		printk(KERN_ERR "%s\n", text);
}

static void add_address(struct walk *walk, uint64_t address)
{
	if (walk->repeats > 0 && walk->address == address) {
		walk->repeats++;
		return;
	}
	flush_line(walk);
	walk->address = address;
	walk->repeats = 1;
}

/*
 * Along frame pointers, which all of the kernel and all modules keep, from @rbp, whose own code is
 * at @rip (0: leave it out). No pointer on the way is trusted: each is read by probe_read, and the
 * chain must go up. One line a caller: into the log or, in a panic, its report.
 */
void report_backtrace(uint64_t rip, uint64_t rbp)
{
	struct walk walk = {0};
	uint64_t caller, outer;

	if (rip)
		add_address(&walk, rip);
	for (unsigned depth = 0; depth < DEPTH_MAX && rbp != 0 && rbp % 8 == 0; depth++) {
		if (!probe_read((const void *)rbp, &outer) ||
		    !probe_read((const void *)(rbp + 8), &caller))
			break;
		if (outer == 0) /* where this stack began; the frame pointer was 0 */
			break;
		add_address(&walk, caller - 1); /* the call, not what follows it */
		if (outer <= rbp &&
		    stack_same(outer, rbp)) /* from an interrupt's to its thread's */
			break;
		rbp = outer;
	}
	flush_line(&walk);
}

/* A jump to where nothing is: the jump's place stands on top of the stack, not behind the frame
 * pointer.
 */
static void report_jump(const struct trap_frame *frame)
{
	char name[TEXT_MAX];
	struct module_symbol symbol;
	uint64_t caller;

	if (frame->vector != TRAP_PAGE_FAULT || cr2_read() != frame->rip)
		return;
	if (module_symbol_find(frame->rip, &symbol) && symbol.gone)
		printk(KERN_ERR "fault: late call into %s, which is gone\n", symbol.module);
	if (!probe_read((const void *)frame->rsp, &caller))
		return;
	code_describe(caller - 1, name, sizeof(name));
	printk(KERN_ERR "  at %s\n", name);
}

static void report(const struct trap_frame *frame)
{
	struct module *blamed = blame_fault(frame);
	struct thread *thread = thread_current();
	char what[TEXT_MAX], where[TEXT_MAX];

	describe(frame, what, sizeof(what));
	code_describe(frame->rip, where, sizeof(where));
	printk(KERN_ERR "fault: %s in %s at %s, CPU %u, thread %s\n", what,
	       blamed ? module_name(blamed) : "the kernel", where, cpu_id(),
	       thread ? thread->name : "none");
	report_jump(frame);
	report_backtrace(0, frame->rbp);
}

/* Once, where it is of what has faulted already and is still called. */
static void tell(const struct trap_frame *frame)
{
	*this_cpu_pointer(reporting) = 1;
	if (!containment_repeats(frame))
		report(frame);
	*this_cpu_pointer(reporting) = 0;
}

static void fault(struct trap_frame *frame)
{
	struct module *blamed;
	char what[TEXT_MAX];

	if (panic_under_way() || *this_cpu_pointer(reporting))
		panic_at(frame, "%s", trap_name((unsigned)frame->vector));
	tell(frame);
	if (containment_unwind(frame))
		return;
	blamed = blame_fault(frame);
	describe(frame, what, sizeof(what));
	panic_at(frame, "%s%s%s", what, blamed ? " in module " : "",
		 blamed ? module_name(blamed) : "");
}

/*
 * Is there room for an interrupt on its stack? A call that has filled it ends, if it can: but not
 * with preemption off, where the CPU may be in the middle of a stop, and where no other thread runs
 * before the interrupt returns, so that the interrupt stack will do.
 */
static bool make_room(struct trap_frame *frame)
{
	struct trap_frame before = *frame;

	if (!stack_is_full(frame->rsp))
		return true;
	before.vector = TRAP_STACK;
	if (preempt_count() > 0 || *this_cpu_pointer(reporting) || !containment_unwind(frame))
		return false;
	tell(&before);
	return !stack_is_full(frame->rsp);
}

/*
 * Below the record of a call that a callback has begun and not ended, if there is one: it lies on
 * stack that is free by now, and is looked at when the walk that has run the callback ends.
 */
uint64_t interrupt_place(struct trap_frame *frame)
{
	uint64_t record;

	if (!make_room(frame))
		return (uint64_t)frame;
	record = (uint64_t)thread_current()->calls;
	if (record == 0 || record >= frame->rsp || !stack_same(record, frame->rsp) ||
	    stack_is_full(record))
		return frame->rsp;
	return record;
}

/* Takes no lock and touches nothing that the interrupted code may be in the middle of. */
static void nmi(struct trap_frame *frame)
{
	const struct module *module;
	const void *callback;

	if (panic_under_way())
		panic_halt_this_cpu();
	module = blame_callback(&callback);
	late_answer(frame, module, callback);
}

void trap_handle(struct trap_frame *frame)
{
	if (frame->vector == TRAP_NMI)
		nmi(frame);
	else if (frame->vector == TRAP_MACHINE_CHECK)
		machine_check(frame);
	else
		fault(frame);
}
