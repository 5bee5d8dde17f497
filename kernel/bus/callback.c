/*
 * The end of a callback, of whatever kind: what it must leave as it found it is put back, and one
 * line names the callback and what it left. call_through and walk_guarded compare and come here
 * when something differs; containment comes here for a callback that a fault ends.
 *
 * A lock is its taker's, by the place that took it. What a module has locked can be given back
 * for it. Where the kernel has locked something of its own since the callback began, its data may
 * be half changed, and a fault cannot be contained.
 */
#include "callback.h"

#include <lib/format.h>

#include <kernel/module.h>
#include <kernel/mutex.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/guard.h>
#include <arch/trap.h>
#include <mm/frame.h>
#include <mm/heap.h>
#include <mm/module_window.h>
#include <mm/stack.h>

#include <sched/sched.h>
#include <sched/thread.h>
#include <sync/held.h>
#include <bus/blame.h>
#include <bus/ledger.h>

#include "bus_internal.h"

extern const char call_through_return[], walk_guarded_end[];

/* One that ends in taking the lock leaves no address of its own, but that of the step into it. */
static struct owner *taker(const struct held_lock *held)
{
	uint64_t place = (uint64_t)held->place, walk = (uint64_t)walk_guarded;

	if (held->place == call_through_return || place - walk < (uint64_t)walk_guarded_end - walk)
		return NULL;
	return owner_of_address(place);
}

/* The lock of a module's own wait queue or interface is taken by the kernel, too. */
static bool is_kernels(const struct held_lock *held)
{
	uint64_t address = (uint64_t)held->lock;

	return taker(held) == &kernel_owner &&
	       (address < MODULE_WINDOW ||
		address >= MODULE_WINDOW + MODULE_WINDOW_PAGES * PAGE_SIZE);
}

static bool any_kernels(const struct held_locks *held, uint32_t before)
{
	if (held->count > HELD_LIMIT)
		return true;
	for (uint32_t i = before; i < held->count; i++)
		if (is_kernels(&held->locks[i]))
			return true;
	return false;
}

bool callback_can_end(const struct callback_state *before)
{
	return !any_kernels(this_cpu_pointer(spinlocks_held), before->spinlocks) &&
	       !any_kernels(&thread_current()->mutexes, before->mutexes);
}

/* A line on what a callback has left. */
static void tell(const struct callback_state *before, const char *format, ...)
{
	char function[80], what[160];
	va_list arguments;

	va_start(arguments, format);
	format_text_v(what, sizeof(what), format, arguments);
	va_end(arguments);
	code_describe((uint64_t)before->function, function, sizeof(function));
	printk(KERN_ERR "%s: callback %s%s %s with %s; put back\n", module_name(before->owner),
	       function, before->or_before ? ", or one before it in its walk," : "",
	       before->faulted ? "faulted" : "returned", what);
}

/* What a callback has left: it may have been freed, or be of a function that has returned. */
static bool is_there(const void *memory, size_t size, const struct call *call)
{
	uint64_t unused, at = (uint64_t)memory;
	unsigned slot;
	bool left = call && at < (uint64_t)call->stack && stack_same(at, (uint64_t)call->stack);

	return !left && (!frame_covers(memory) || heap_room(memory, &slot) >= size) &&
	       probe_read(memory, &unused);
}

/* A lock that is given back after a fault guards what may be half changed: what module has locked
 * it must not go on either. */
static void tell_lock(const struct callback_state *before, const char *kind, const char *name,
		      const struct held_lock *held)
{
	struct owner *owner = taker(held);
	char where[80];

	code_describe((uint64_t)held->place - 1, where, sizeof(where));
	tell(before, "%s %s held since %s", kind, name, where);
	if (before->faulted && owner && owner != &kernel_owner)
		owner_fail_later(owner);
}

/* Off the list first: to say so takes locks too. What turned interrupts off turns them on. */
static void give_back_spinlocks(struct callback_state *before)
{
	struct held_locks *held = this_cpu_pointer(spinlocks_held);

	while (held->count > before->spinlocks) {
		struct held_lock last = held->locks[(held->count - 1) % HELD_LIMIT];

		if (held->count <= HELD_LIMIT)
			held->locks[held->count - 1].class = 0;
		if (held->count-- > HELD_LIMIT)
			continue;
		tell_lock(before, "spinlock", last.lock->name, &last);
		if (last.irq_off)
			before->flags |= RFLAGS_IF;
		WRITE_ONCE(last.lock->holder, 0);
		__atomic_store_n(&last.lock->held, 0, __ATOMIC_RELEASE);
	}
}

/* Off the list first here, too: the text of the name may be gone by itself. */
static void give_back_mutexes(const struct callback_state *before)
{
	struct held_locks *held = &thread_current()->mutexes;

	if (held->count > HELD_LIMIT)
		held->count = max(before->mutexes, (uint32_t)HELD_LIMIT);
	while (held->count > before->mutexes) {
		struct held_lock last = held->locks[held->count - 1];
		struct mutex *mutex = container_of(last.lock, struct mutex, queue.lock);
		const char *name = "whose memory has gone,";

		if (is_there(mutex, sizeof(*mutex), before->calls) && mutex_is_held(mutex)) {
			name = last.lock->name;
			mutex_unlock(mutex);
		} else {
			held_remove(held, last.lock);
		}
		tell_lock(before, "mutex", name, &last);
	}
}

static void end_waits(const struct callback_state *before)
{
	struct waiter *waiters = thread_current()->waiters;

	for (unsigned i = 0; i < WAITS_MOST; i++) {
		if (waiters[i].number <= before->wait)
			continue;
		wait_abandon(&waiters[i],
			     is_there(waiters[i].queue, sizeof(struct wait_queue), before->calls));
		if (!before->faulted)
			tell(before, "a wait not ended");
	}
}

static void end_calls(const struct callback_state *before)
{
	struct thread *thread = thread_current();
	struct call *call;

	while ((call = thread->calls) && call != before->calls) {
		if (!call_is_whole(call, thread) ||
		    (before->calls && call->serial < before->calls->serial)) {
			tell(before, "a call not ended, whose record is lost");
			thread->calls = (struct call *)before->calls;
			return;
		}
		if (!before->faulted)
			tell(before, "a call into %s not ended", module_name(call->owner));
		call->guard = NULL; /* preemption is seen to by itself */
		call->stack = NULL;
		call_end(call);
	}
}

/* Preemption is as it was from here on, and done what it kept from being done. */
static void put_back_preemption(const struct callback_state *before)
{
	struct cpu *cpu = cpu_this();

	if (preempt_count() == before->preempt_count)
		return;
	tell(before, "preemption %s", preempt_count() > before->preempt_count ? "off" : "on");
	preempt_disable();
	cpu->preempt_count =
	    (cpu->preempt_count & PREEMPT_NO_RESCHED) | (before->preempt_count + 1);
	preempt_enable();
}

static void put_back_flags(const struct callback_state *before)
{
	uint64_t now = flags_read();

	if ((now ^ before->flags) & RFLAGS_IF)
		tell(before, "interrupts %s", now & RFLAGS_IF ? "on" : "off");
	flags_write(before->flags);
}

void callback_end_faulted(struct callback_state *before)
{
	struct cpu *cpu = cpu_this();

	before->faulted = true;
	give_back_spinlocks(before);
	end_waits(before);
	end_calls(before);
	give_back_mutexes(before);
	cpu->preempt_count = (cpu->preempt_count & PREEMPT_NO_RESCHED) | before->preempt_count;
}

/* The locks and waits, then the flags, then what may begin at once when preemption is on again. */
static void put_back(struct callback_state *before)
{
	give_back_spinlocks(before);
	end_waits(before);
	put_back_flags(before);
	put_back_preemption(before);
	end_calls(before);
	give_back_mutexes(before);
}

/* A thread of the owner's own may do with itself what it likes. */
static void put_back_lent(const struct callback_state *before, const struct call *call)
{
	struct thread *thread = thread_current();
	struct thread then = {.lent = call->lent};

	if (thread->lent == call->lent ||
	    (call->own && !call->outer && thread->owner == call->owner))
		return;
	tell(before, "the thread %s",
	     thread->affinity != then.affinity ? "moved to another CPU" : "at another priority");
	thread->lent = call->lent;
	if (preempt_count() == 0)
		thread_set_cpu(then.affinity);
}

struct callback_state callback_of_call(struct call *call)
{
	return (struct callback_state){
	    .owner = call->owner,
	    .function = call->function,
	    .preempt_count = call->preempt_count & ~PREEMPT_NO_RESCHED,
	    .spinlocks = call->spinlocks,
	    .mutexes = call->mutexes,
	    .flags = call->processor_flags,
	    .calls = call,
	    .wait = call->wait,
	};
}

/* As it is now. */
static struct callback_state callback_of_slot(const struct guarded *slot, uint64_t flags)
{
	return (struct callback_state){
	    .owner = slot->owner,
	    .function = slot->function,
	    .preempt_count = preempt_count(),
	    .spinlocks = this_cpu_pointer(spinlocks_held)->count,
	    .mutexes = thread_current()->mutexes.count,
	    .flags = flags,
	    .calls = thread_current()->calls,
	    .wait = thread_current()->wait,
	};
}

/* No mutex is taken in a walk: sleeping is forbidden there. Interrupts are as a callee leaves them,
 * but for what its spinlocks have turned off. */
struct callback_state callback_of_guard(const struct guard *guard, const struct guarded *slot,
					uint64_t flags)
{
	struct callback_state state = callback_of_slot(slot, (flags & RFLAGS_IF) | RFLAGS_FIXED);

	state.preempt_count = guard->preempt_count & ~PREEMPT_NO_RESCHED;
	state.spinlocks = (uint32_t)guard->spinlocks;
	state.calls = guard->calls;
	return state;
}

bool call_unbalanced(struct call *call, const void *place)
{
	struct callback_state before = callback_of_call(call);
	char where[96];

	if (!call_is_whole(call, thread_current())) {
		code_describe((uint64_t)place - 1, where, sizeof(where));
		printk(KERN_ERR
		       "%s: the record of the call at %s was written over while it ran: what else "
		       "has been left is not seen\n",
		       module_name(blame_module((uint64_t)place)), where);
		return false;
	}
	put_back(&before);
	put_back_lent(&before, call);
	return true;
}

void walk_unbalanced(struct guard *guard)
{
	const struct guarded *last = guard_first_left(guard);
	struct callback_state before = callback_of_guard(guard, last, flags_read());

	before.or_before = last != guard->chain->slots;
	put_back(&before);
}

int call_guarded(struct guarded_one *one, void *argument)
{
	struct guarded_chain *chain = (struct guarded_chain *)one;
	struct callback_state before = callback_of_slot(&one->slot, flags_read());
	int result = walk_guarded(&chain, argument);

	if (unlikely((flags_read() ^ before.flags) & RFLAGS_KEPT ||
		     this_cpu_pointer(spinlocks_held)->count != before.spinlocks))
		put_back(&before);
	return result;
}

void callback_at(struct owner *owner, int (*function)(void *argument), void *argument)
{
	struct guarded_one one = {1, {(const void *)function, argument, owner->handle}};

	call_guarded(&one, NULL);
}
