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
#include <log/misuse.h>
#include <mm/frame.h>
#include <mm/module_window.h>

#include <sched/sched.h>
#include <sched/thread.h>
#include <sync/held.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

#define TEXT_MAX 240

extern const char call_through_return[], walk_guarded_return[];

/* One that ends in taking the lock leaves no address of its own, but that of the step into it. */
static struct owner *taker(const struct held_lock *held)
{
	if (held->place == call_through_return || held->place == walk_guarded_return)
		return NULL;
	return owner_of_address((uint64_t)held->place);
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

/* What is said of a callback: "a, b and c" but for the "and". */
struct remarks {
	char text[TEXT_MAX];
	size_t length;
};

static void remark(struct remarks *remarks, const char *format, ...)
{
	size_t room = sizeof(remarks->text) - remarks->length;
	va_list arguments;

	if (remarks->length > 0 && room > 2)
		remarks->length += (size_t)format_text(remarks->text + remarks->length, room, ", ");
	room = sizeof(remarks->text) - remarks->length;
	va_start(arguments, format);
	remarks->length +=
	    (size_t)format_text_v(remarks->text + remarks->length, room, format, arguments);
	va_end(arguments);
	remarks->length = min(remarks->length, sizeof(remarks->text) - 1);
}

static void remark_lock(struct remarks *remarks, const char *kind, const struct held_lock *held)
{
	char where[80];

	code_describe((uint64_t)held->place - 1, where, sizeof(where));
	remark(remarks, "%s %s held since %s", kind, held->lock->name, where);
}

/* Another module's lock guards what may be half changed now. */
static void fail_taker(const struct held_lock *held)
{
	struct owner *owner = taker(held);

	if (owner && owner != &kernel_owner)
		owner_fail_later(owner);
}

/* Off the list first: to say so takes locks too. What turned interrupts off turns them on. */
static void give_back_spinlocks(struct callback_state *before, struct remarks *remarks,
				bool faulted)
{
	struct held_locks *held = this_cpu_pointer(spinlocks_held);

	while (held->count > before->spinlocks) {
		struct held_lock last = held->locks[(held->count - 1) % HELD_LIMIT];

		if (held->count-- > HELD_LIMIT)
			continue;
		remark_lock(remarks, "spinlock", &last);
		if (faulted)
			fail_taker(&last);
		if (last.irq_off)
			before->flags |= RFLAGS_IF;
		WRITE_ONCE(last.lock->holder, 0);
		__atomic_store_n(&last.lock->held, 0, __ATOMIC_RELEASE);
	}
}

static void give_back_mutexes(uint32_t count, struct remarks *remarks, bool faulted)
{
	struct held_locks *held = &thread_current()->mutexes;

	while (held->count > count) {
		const struct held_lock *last = &held->locks[(held->count - 1) % HELD_LIMIT];

		if (held->count > HELD_LIMIT) {
			held->count--;
			continue;
		}
		remark_lock(remarks, "mutex", last);
		if (faulted)
			fail_taker(last);
		mutex_unlock(container_of(last->lock, struct mutex, queue.lock));
	}
}

static void end_calls(const struct call *innermost, struct remarks *remarks)
{
	struct thread *thread = thread_current();

	while (thread->calls && thread->calls != innermost) {
		struct call *call = thread->calls;

		remark(remarks, "a call into %s not ended", module_name(call->owner));
		call_end(call);
	}
}

/* Preemption is as it was from here on, and done what it kept from being done. */
static void put_back_preemption(uint32_t count, struct remarks *remarks)
{
	struct cpu *cpu = cpu_this();

	if (preempt_count() == count)
		return;
	remark(remarks, "preemption %s", preempt_count() > count ? "off" : "on");
	preempt_disable();
	cpu->preempt_count = (cpu->preempt_count & PREEMPT_NO_RESCHED) | (count + 1);
	preempt_enable();
}

static void put_back_flags(uint64_t before, struct remarks *remarks)
{
	uint64_t now = flags_read();

	if ((now ^ before) & RFLAGS_IF)
		remark(remarks, "interrupts %s", now & RFLAGS_IF ? "on" : "off");
	if ((now ^ before) & (RFLAGS_AC | RFLAGS_TF))
		remark(remarks, "other flags of the processor");
	flags_write(before);
}

void callback_end_faulted(struct callback_state *before, const void *limit)
{
	struct cpu *cpu = cpu_this();
	struct remarks remarks = {.length = 0};

	give_back_spinlocks(before, &remarks, true);
	wait_abandon(limit);
	end_calls(before->calls, &remarks);
	give_back_mutexes(before->mutexes, &remarks, true);
	cpu->preempt_count = (cpu->preempt_count & PREEMPT_NO_RESCHED) | before->preempt_count;
	if (remarks.length > 0)
		printk(KERN_ERR "fault: given back: %s\n", remarks.text);
}

/* The locks, then the flags, then what may begin at once when preemption is on again. */
static void put_back(struct callback_state *before, struct remarks *remarks)
{
	give_back_spinlocks(before, remarks, false);
	put_back_flags(before->flags, remarks);
	put_back_preemption(before->preempt_count, remarks);
	end_calls(before->calls, remarks);
	give_back_mutexes(before->mutexes, remarks, false);
}

/* A thread of the owner's own may do with itself what it likes. */
static void put_back_lent(const struct call *call, struct remarks *remarks)
{
	struct thread *thread = thread_current();
	struct thread before = {.lent = call->lent};

	if (thread->lent == call->lent ||
	    (call->own && !call->outer && thread->owner == call->owner))
		return;
	if (thread->affinity != before.affinity)
		remark(remarks, "the thread moved to another CPU");
	if (thread->priority != before.priority)
		remark(remarks, "the thread at another priority");
	thread->lent = call->lent;
	if (preempt_count() == 0)
		thread_set_cpu(before.affinity);
}

static void say(const struct module *module, const void *function, const struct remarks *remarks)
{
	char name[80];

	if (remarks->length == 0)
		return;
	code_describe((uint64_t)function, name, sizeof(name));
	printk(KERN_ERR "%s: callback %s returned with %s; put back\n", module_name(module), name,
	       remarks->text);
}

struct callback_state callback_of_call(struct call *call)
{
	return (struct callback_state){
	    .preempt_count = call->preempt_count & ~PREEMPT_NO_RESCHED,
	    .spinlocks = call->spinlocks,
	    .mutexes = call->mutexes,
	    .flags = call->processor_flags,
	    .calls = call,
	};
}

/* No mutex is taken in a walk: sleeping is forbidden there. Interrupts are as a callee leaves them,
 * but for what its spinlocks have turned off. */
struct callback_state callback_of_guard(const struct guard *guard, uint64_t flags)
{
	const struct thread *thread = thread_current();
	struct callback_state before = {
	    .preempt_count = guard->preempt_count & ~PREEMPT_NO_RESCHED,
	    .spinlocks = (uint32_t)guard->spinlocks,
	    .mutexes = thread->mutexes.count,
	    .flags = (flags & RFLAGS_IF) | RFLAGS_FIXED,
	    .calls = thread->calls,
	};

	while (before.calls && before.calls->guard == guard)
		before.calls = before.calls->outer;
	return before;
}

void call_unbalanced(struct call *call)
{
	struct callback_state before = callback_of_call(call);
	struct remarks remarks = {.length = 0};

	put_back(&before, &remarks);
	put_back_lent(call, &remarks);
	say(call->owner, call->function, &remarks);
}

void walk_unbalanced(struct guard *guard)
{
	struct callback_state before = callback_of_guard(guard, flags_read());
	struct remarks remarks = {.length = 0};

	put_back(&before, &remarks);
	say(guard->now->owner, guard->now->function, &remarks);
}

int call_guarded(struct guarded_one *one, void *argument)
{
	const struct thread *thread = thread_current();
	struct guarded_chain *chain = (struct guarded_chain *)one;
	struct callback_state before = {
	    .preempt_count = preempt_count(),
	    .spinlocks = this_cpu_pointer(spinlocks_held)->count,
	    .mutexes = thread->mutexes.count,
	    .flags = flags_read(),
	    .calls = thread->calls,
	};
	struct remarks remarks = {.length = 0};
	int result = walk_guarded(&chain, argument);

	if (likely(((flags_read() ^ before.flags) & RFLAGS_KEPT) == 0 &&
		   this_cpu_pointer(spinlocks_held)->count == before.spinlocks &&
		   thread->calls == before.calls))
		return result;
	put_back(&before, &remarks);
	say(one->slot.owner, one->slot.function, &remarks);
	return result;
}
