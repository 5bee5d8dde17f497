/*
 * Containment: a fault inside a call into a module ends that call, not the kernel. The exception's
 * frame is changed so that it returns into call_through or, from a hook, a timer or an interrupt
 * handler, into walk_guarded, on the stack as it was at the call. That is only right when nothing
 * of the kernel was left half done in between: no lock of the kernel's, no interrupt; then the
 * owner fails, and the caller gets -ENOTRECOVERABLE or goes on with the next. What the callee had
 * taken (calls, its own locks, places in wait queues) is given back; memory stays booked to it.
 */
#include <stddef.h>

#include <kernel/module.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/guard.h>
#include <arch/trap.h>
#include <mm/stack.h>
#include <sched/thread.h>
#include <smp/stop.h>
#include <bus/blame.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"
#include "callback.h"

_Static_assert(offsetof(struct call, function) == 0x18, "CALL_FUNCTION in call_through.asm");
_Static_assert(offsetof(struct call, stack) == 0x20, "CALL_STACK");
_Static_assert(offsetof(struct call, preempt_count) == 0x28, "CALL_PREEMPT_COUNT");
_Static_assert(offsetof(struct call, processor_flags) == 0x30, "CALL_FLAGS");
_Static_assert(offsetof(struct call, spinlocks) == 0x38, "CALL_SPINLOCKS");
_Static_assert(offsetof(struct call, mutexes) == 0x3c, "CALL_MUTEXES");
_Static_assert(offsetof(struct call, lent) == 0x40, "CALL_LENT");
_Static_assert(offsetof(struct call, wait) == 0x48, "CALL_WAIT");
_Static_assert(offsetof(struct call, absent) == 0x50, "CALL_ABSENT");
_Static_assert(offsetof(struct call, flags) == 0x64 && CALL_LISTED >> 12 == 0x115ed, "CALL_MARK");
_Static_assert(offsetof(struct call, thread) == 0x70, "CALL_THREAD");
_Static_assert(offsetof(struct cpu, guard) == 0x20, "CPU_GUARD in guard.asm");
_Static_assert(offsetof(struct thread, calls) == 0x18, "THREAD_CALLS");
_Static_assert(offsetof(struct thread, frame) == 0x20, "THREAD_FRAME");
_Static_assert(STACK_FOR_CALLEE == 6144, "CALLEE_STACK");
_Static_assert(offsetof(struct call_frame, outer) == 0x08, "as call_through pushes it");
_Static_assert(offsetof(struct thread, lent) == 0x28, "THREAD_LENT");
_Static_assert(offsetof(struct thread, wait) == 0x30, "THREAD_WAIT");
_Static_assert(offsetof(struct thread, mutexes.count) == 0x48, "THREAD_MUTEXES");

void call_through_fault(void);
long call_faulted(struct call *call);

/* The calls that the callee has entered are below the walk, on its stack. */
static void leave_frames(const struct guard *guard)
{
	struct thread *thread = thread_current();
	struct call_frame frame;

	while (thread->frame && (uint64_t)thread->frame < (uint64_t)guard &&
	       stack_same((uint64_t)thread->frame, (uint64_t)guard) &&
	       call_frame_read(thread->frame, &frame))
		thread->frame = frame.outer;
}

/* The walk goes on with the next callee. The reaper makes the owner fail; until then it may be
 * called and fault again. */
static bool unwind_guard(struct trap_frame *frame, struct guard *guard)
{
	const struct guarded *now = guard_now(guard);
	struct callback_state before = callback_of_guard(guard, now, frame->rflags);
	struct module *module = now->owner;

	if (!owner_row_valid(module) || module == THIS_MODULE || !callback_can_end(&before))
		return false;
	callback_end_faulted(&before);
	leave_frames(guard);
	owner_fail_later(owner_of(module));
	guard->left -= (uint64_t)(now - guard_first_left(guard));
	frame->rip = (uint64_t)walk_guarded_fault;
	frame->rsp = (uint64_t)guard;
	frame->rflags = before.flags;
	return true;
}

bool containment_repeats(const struct trap_frame *frame)
{
	const struct module *blamed = blame_fault(frame);

	return blamed && READ_ONCE(owner_of(blamed)->faulted) && blame_guard(blame_call());
}

static bool unwind_call(struct trap_frame *frame, struct call *call)
{
	struct callback_state before = callback_of_call(call);

	if (!callback_can_end(&before))
		return false;
	callback_end_faulted(&before);
	frame->rip = (uint64_t)call_through_fault;
	frame->rsp = (uint64_t)call->stack;
	frame->rflags = (before.flags & RFLAGS_IF) | RFLAGS_FIXED;
	return true;
}

bool containment_unwind(struct trap_frame *frame)
{
	struct call *call = blame_call();
	struct guard *guard = blame_guard(call);

	if (guard)
		return unwind_guard(frame, guard);
	if (!call || !blame_call_is_here(call) || !unwind_call(frame, call))
		return false;
	/* Where too little of the stack is left to go on, the calls further out end, too. */
	while (stack_is_full(frame->rsp)) {
		call->stack = NULL;
		call->flags |= CALL_FAULTED;
		owner_fail_later(owner_of(call->owner));
		call = blame_call();
		if (!call || blame_guard(call) || !blame_call_is_here(call) ||
		    !unwind_call(frame, call))
			break;
	}
	return true;
}

/* In thread context again, on the stack of call_through, of which little may be left; preemption is
 * as the caller has it. */
long call_faulted(struct call *call)
{
	bool stack_left = !stack_is_full((uint64_t)__builtin_frame_address(0) - STACK_FOR_STOP);

	call->stack = NULL;
	call->flags |= CALL_FAULTED;
	if (preempt_count() > 0 || !irq_enabled() || !stack_left)
		owner_fail_later(owner_of(call->owner));
	else
		owner_fail(owner_of(call->owner), "it faulted");
	return -ENOTRECOVERABLE;
}
