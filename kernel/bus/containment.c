/*
 * Containment: a fault inside a call into a module ends that call, not the kernel. The exception's
 * frame is changed so that it returns into call_through, on the stack as it was at the call. That
 * is only right when nothing of the kernel was left half done in between: no spinlock, no section,
 * no interrupt handler; then the owner fails and the caller gets -ENOTRECOVERABLE. What the callee
 * had taken through the bus itself (calls it had begun) is given back; memory it held stays booked
 * to it.
 */
#include <stddef.h>

#include <kernel/boot.h>
#include <kernel/bus.h>
#include <kernel/module.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

_Static_assert(offsetof(struct call, stack) == 0x20, "CALL_STACK in call_through.asm");
_Static_assert(offsetof(struct call, preempt_count) == 0x28, "CALL_PREEMPT_COUNT");

void call_through_fault(void);
long call_faulted(struct call *call);
void call_unbalanced(struct call *call);

EXPORT_SYMBOL(call_through);

/* The innermost call into a module that has gone through call_through and not come back. The
 * kernel's own callbacks are the caller's code as far as blame goes: they work on what it gave
 * them. */
static struct call *entered(struct thread *thread)
{
	struct call *call = thread ? thread->calls : NULL;

	while (call && (!call->stack || call->owner == THIS_MODULE))
		call = call->outer;
	return call;
}

struct module *containment_blame(const struct trap_frame *frame)
{
	struct owner *owner = owner_of_address(frame->rip);
	const struct call *call;

	if (owner && owner != &kernel_owner)
		return owner->module;
	call = in_irq() ? NULL : entered(thread_current());
	return call ? call->owner : NULL;
}

bool containment_unwind(struct trap_frame *frame)
{
	struct cpu *cpu = cpu_this();
	struct call *call = entered(cpu->current);
	uint32_t count = cpu->preempt_count & ~PREEMPT_NO_RESCHED;

	if (!call || cpu->irq_depth > 0)
		return false;
	if (count != (call->preempt_count & ~PREEMPT_NO_RESCHED) ||
	    cpu->current->kernel_mutexes != call->mutexes)
		return false;
	/* Here and now: their records are on the part of the stack that is given up. */
	while (cpu->current->calls != call)
		call_end(cpu->current->calls);
	wait_abandon(call->stack);
	frame->rip = (uint64_t)call_through_fault;
	frame->rsp = (uint64_t)call->stack;
	frame->rflags = RFLAGS_IF | 2;
	return true;
}

/* In thread context again, on the stack of call_through. */
long call_faulted(struct call *call)
{
	call->stack = NULL;
	call->flags |= CALL_FAULTED;
	owner_fail(owner_of(call->owner), "it faulted");
	return -ENOTRECOVERABLE;
}

void call_unbalanced(struct call *call)
{
	struct cpu *cpu = cpu_this();
	uint32_t wanted = cpu->preempt_count & PREEMPT_NO_RESCHED;

	printk(KERN_ERR "%s: %s %s returned with preemption off or a spinlock held\n",
	       owner_of(call->owner)->name, call->registration ? call->registration->name : "",
	       call->operation);
	cpu->preempt_count = wanted | (call->preempt_count & ~PREEMPT_NO_RESCHED);
}
