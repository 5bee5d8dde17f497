/*
 * Containment: a fault inside a call into a module ends that call, not the kernel. The exception's
 * frame is changed so that it returns into call_through or, from a hook, a timer or an interrupt
 * handler, into walk_guarded, on the stack as it was at the call. That is only right when nothing
 * of the kernel was left half done in between: no spinlock, no section, no interrupt; then the
 * owner fails, and the caller gets -ENOTRECOVERABLE or goes on with the next. What the callee had
 * taken through the bus itself (calls it had begun) is given back; memory it held stays booked to
 * it.
 */
#include <stddef.h>

#include <kernel/boot.h>
#include <kernel/bus.h>
#include <kernel/module.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/guard.h>
#include <arch/trap.h>
#include <mm/stack.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

#define CALLS_MAX 1000 /* one in the other, on one thread */
#define FRAMES_MAX 20

_Static_assert(offsetof(struct call, function) == 0x18, "CALL_FUNCTION in call_through.asm");
_Static_assert(offsetof(struct call, stack) == 0x20, "CALL_STACK");
_Static_assert(offsetof(struct call, preempt_count) == 0x28, "CALL_PREEMPT_COUNT");
_Static_assert(offsetof(struct cpu, guard) == 0x20, "CPU_GUARD in guard.asm");
_Static_assert(offsetof(struct call, absent) == 0x30, "CALL_ABSENT");

void call_through_fault(void);
long call_faulted(struct call *call);
void call_unbalanced(struct call *call);

static bool is_owner(const struct module *module)
{
	uint64_t offset = (uint64_t)module - OWNER_TABLE;

	return offset < OWNER_SLOTS * sizeof(*module) && offset % sizeof(*module) == 0 &&
	       owner_of(module);
}

/* Can @size bytes, less than a page, be read? */
static bool is_readable(const void *record, size_t size)
{
	const uint64_t *words = record;
	uint64_t ignored;

	return (uint64_t)record % sizeof(*words) == 0 && probe_read(words, &ignored) &&
	       probe_read(&words[size / sizeof(*words) - 1], &ignored);
}

/* A record may have been written over from below. In a whole one call_through's stack pointer leads
 * to where that has put the record's address, and the records outside it lie above it. */
static bool is_call(const struct call *call)
{
	uint64_t on_top;

	return is_readable(call, sizeof(*call)) && is_owner(call->owner) &&
	       (!call->stack || (probe_read(call->stack, &on_top) && on_top == (uint64_t)call)) &&
	       (!call->outer || call->outer > call ||
		!stack_same((uint64_t)call->outer, (uint64_t)call));
}

/* The innermost call into a module that has gone through call_through and not come back; NULL also
 * when a record on the way is not whole. The kernel's own callbacks are the caller's code as far as
 * blame goes: they work on what it gave them. */
static struct call *entered(struct thread *thread)
{
	struct call *call = thread ? thread->calls : NULL;

	for (unsigned depth = 0; call; call = call->outer) {
		if (depth++ == CALLS_MAX || !is_call(call))
			return NULL;
		if (call->stack && call->owner != THIS_MODULE)
			break;
	}
	return call;
}

/* Was what stands on the stack at @record put there after, and above, @guard? Stacks grow
 * downwards, and an interrupt has one of its own. */
static bool is_inside(const void *record, const struct guard *guard)
{
	return stack_same((uint64_t)record, (uint64_t)guard) && (uint64_t)record < (uint64_t)guard;
}

/* This CPU's innermost walk, if the fault came in it and not in a call that one of its callees has
 * made, nor in an interrupt that has come since. */
static struct guard *innermost_guard(const struct cpu *cpu, const struct call *call)
{
	struct guard *guard = cpu->guard;

	if (!guard || !is_readable(guard, sizeof(*guard)) || guard->irq_depth != cpu->irq_depth ||
	    !is_readable(guard->now, sizeof(*guard->now)) ||
	    (call && is_inside(call->stack, guard)))
		return NULL;
	return guard;
}

static struct module *text_owner(uint64_t pointer_to_caller)
{
	uint64_t caller;
	struct owner *owner;

	if (!probe_read((const void *)pointer_to_caller, &caller))
		return NULL;
	owner = owner_of_address(caller - 1);
	return owner && owner != &kernel_owner ? owner->module : NULL;
}

/* Where no record says it: the innermost module among the callers, which stand on top of the stack,
 * if the function has no frame yet, and behind frame pointers. The callers of an interrupt have
 * nothing to do with those of the stack that it came on. */
static struct module *calling_module(const struct trap_frame *frame)
{
	struct module *found = text_owner(frame->rsp);
	uint64_t rbp = frame->rbp, outer = rbp;

	for (unsigned depth = 0; !found && depth < FRAMES_MAX && stack_same(outer, rbp); depth++) {
		rbp = outer;
		found = text_owner(rbp + sizeof(rbp));
		if (!probe_read((const void *)rbp, &outer))
			break;
	}
	return found;
}

struct module *containment_blame(const struct trap_frame *frame)
{
	struct owner *owner = owner_of_address(frame->rip);
	const struct call *call = entered(thread_current());
	const struct guard *guard = innermost_guard(cpu_this(), call);

	if (owner && owner != &kernel_owner)
		return owner->module;
	if (guard && is_owner(guard->now->owner))
		return guard->now->owner;
	return call && !in_irq() ? call->owner : calling_module(frame);
}

static bool same_count(uint32_t now, uint32_t before)
{
	return ((now ^ before) & ~PREEMPT_NO_RESCHED) == 0;
}

/*
 * The walk goes on with the next, interrupts as they are: who turns them off in a module does it
 * with a spinlock, which the count shows. The owner fails in a worker; until then it may be called
 * and fault again.
 */
static bool unwind_guard(struct trap_frame *frame, struct guard *guard)
{
	struct cpu *cpu = cpu_this();
	struct module *module = guard->now->owner;

	if (!is_owner(module) || module == THIS_MODULE ||
	    !same_count(cpu->preempt_count, guard->preempt_count + 1))
		return false;
	while (cpu->current->calls && is_inside(cpu->current->calls, guard))
		call_end(cpu->current->calls);
	owner_fail_later(owner_of(module));
	frame->rip = (uint64_t)walk_guarded_fault;
	frame->rsp = (uint64_t)guard;
	return true;
}

bool containment_repeats(const struct trap_frame *frame)
{
	const struct module *blamed = containment_blame(frame);

	return blamed && READ_ONCE(owner_of(blamed)->faulted) &&
	       innermost_guard(cpu_this(), entered(thread_current()));
}

bool containment_unwind(struct trap_frame *frame)
{
	struct cpu *cpu = cpu_this();
	struct call *call = entered(cpu->current);
	struct guard *guard = innermost_guard(cpu, call);

	if (guard)
		return unwind_guard(frame, guard);
	if (!call || cpu->irq_depth > 0 || !same_count(cpu->preempt_count, call->preempt_count) ||
	    cpu->current->kernel_mutexes != call->mutexes)
		return false;
	/* Here and now: their records are on the part of the stack that is given up. */
	while (cpu->current->calls != call)
		call_end(cpu->current->calls);
	wait_abandon(call->stack);
	frame->rip = (uint64_t)call_through_fault;
	frame->rsp = (uint64_t)call->stack;
	/* A caller with preemption off may have interrupts off too, and so they are still. */
	if (same_count(call->preempt_count, 0))
		frame->rflags |= RFLAGS_IF;
	frame->rflags = (frame->rflags & RFLAGS_IF) | 2;
	return true;
}

/* In thread context again, on the stack of call_through; preemption is as the caller has it. */
long call_faulted(struct call *call)
{
	call->stack = NULL;
	call->flags |= CALL_FAULTED;
	if (preempt_count() > 0)
		owner_fail_later(owner_of(call->owner));
	else
		owner_fail(owner_of(call->owner), "it faulted");
	return -ENOTRECOVERABLE;
}

void call_unbalanced(struct call *call)
{
	struct cpu *cpu = cpu_this();
	uint32_t wanted = cpu->preempt_count & PREEMPT_NO_RESCHED;

	printk(KERN_ERR "%s: %s %s returned with preemption off or a spinlock held\n",
	       owner_of(call->owner)->name, call->registration ? call->registration->name : "",
	       call_operation(call));
	cpu->preempt_count = wanted | (call->preempt_count & ~PREEMPT_NO_RESCHED);
}
