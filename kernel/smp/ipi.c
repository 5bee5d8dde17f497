/*
 * Calls from one CPU to others, and the two interrupts without contents, reschedule and wake. The
 * one rule: a CPU has at most one request, its own, and waits for it with preemption off; so
 * requests need no memory, an inbox is one bit for each CPU that may ask, and no call is ever in
 * flight when the last CPU answers a stop.
 */
#include <smp/ipi.h>

#include <lib/compiler.h>

#include <kernel/guard.h>
#include <kernel/module.h>

#include <arch/control.h>
#include <arch/lapic.h>
#include <irq/interrupt.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <smp/late.h>
#include <smp/stop.h>

#define PATIENCE 4000u	   /* looks before the caller halts */
#define ASLEEP 0x80000000u /* in waiting: the last one to finish wakes the caller */

struct call_request {
	void (*function)(void *argument); /* [P] of the caller, constant while waiting != 0 */
	void *argument;
	struct module *owner; /* of the function */
	uint32_t waiting;     /* [A] CPUs that have not run it yet */
};
static DEFINE_PER_CPU(struct call_request, call_request);

/* [A] Bit n: CPU n waits for this CPU to run its request. */
static DEFINE_PER_CPU(struct cpu_mask, call_inbox);

static void serve(unsigned caller)
{
	struct call_request *request = per_cpu_pointer(call_request, caller);

	if (request->owner == THIS_MODULE) {
		request->function(request->argument); /* bare: its caller waits for it */
	} else {
		struct guarded_one one = {
		    1, {(const void *)request->function, request->argument, request->owner}};

		call_guarded(&one, NULL);
	}
	/* Releases what the function did to the caller; the request may be gone afterwards. */
	if (__atomic_sub_fetch(&request->waiting, 1, __ATOMIC_ACQ_REL) == ASLEEP)
		ipi_send(caller, VECTOR_WAKE);
}

void ipi_serve_calls(void)
{
	struct cpu_mask *inbox = this_cpu_pointer(call_inbox);

	for (unsigned word = 0; word < ARRAY_SIZE(inbox->bits); word++) {
		uint64_t callers;

		if (READ_ONCE(inbox->bits[word]) == 0)
			continue;
		callers = __atomic_exchange_n(&inbox->bits[word], 0, __ATOMIC_ACQUIRE);
		idle_flush_owed(); /* not before: a stop that ends between the two may owe one */
		for (; callers != 0; callers &= callers - 1)
			serve(word * 64 + (unsigned)__builtin_ctzll(callers));
	}
}

/* The CPU that finds the word empty interrupts; the others are covered by that interrupt, or by the
 * look that a caller takes at its own inbox. */
static void post(unsigned cpu, unsigned caller)
{
	struct cpu_mask *inbox = per_cpu_pointer(call_inbox, cpu);
	uint64_t bit = 1ull << caller % 64;

	if (__atomic_fetch_or(&inbox->bits[caller / 64], bit, __ATOMIC_ACQ_REL) == 0 &&
	    cpu != caller)
		ipi_send(cpu, VECTOR_CALL);
}

/* Has @cpu not even begun with what @self has asked of it? */
static bool keeps(unsigned cpu, unsigned self)
{
	return bitmap_test(per_cpu_pointer(call_inbox, cpu)->bits, self);
}

/*
 * Short waits look, long ones halt: with more virtual CPUs than real ones those that are waited for
 * may need this one's place.
 */
static void wait_until_done(struct call_request *request)
{
	for (unsigned look = 0; look < PATIENCE; look++)
		if (__atomic_load_n(&request->waiting, __ATOMIC_ACQUIRE) == 0)
			return;
	__atomic_fetch_or(&request->waiting, ASLEEP, __ATOMIC_SEQ_CST);
	irq_disable();
	late_wait_begin(keeps);
	while (__atomic_load_n(&request->waiting, __ATOMIC_ACQUIRE) != ASLEEP) {
		cpu_halt_enabled();
		irq_disable();
	}
	late_wait_end();
	irq_enable();
}

int cpu_call_mask(const struct cpu_mask *mask, struct module *owner,
		  void (*function)(void *argument), void *argument)
{
	struct call_request *request;
	uint64_t flags;

	ASSERT(irq_enabled() || cpu_count() == 1);
	preempt_disable();
	request = this_cpu_pointer(call_request);
	request->function = function;
	request->argument = argument;
	request->owner = owner;
	__atomic_store_n(&request->waiting, (uint32_t)bitmap_count_set(mask->bits, CPU_LIMIT),
			 __ATOMIC_RELEASE);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		if (bitmap_test(mask->bits, cpu))
			post(cpu, cpu_id());
	flags = irq_save();
	ipi_serve_calls(); /* its own, if this CPU is one of them */
	irq_restore(flags);
	wait_until_done(request);
	preempt_enable();
	return 0;
}

int cpu_call_for(struct module *owner, unsigned cpu, void (*function)(void *argument),
		 void *argument)
{
	bool all = cpu == CPU_ALL;
	struct cpu_mask mask = {{0}};

	if (!all && cpu >= cpu_count())
		return -EINVAL;
	if (!irq_enabled() || in_irq()) { /* two CPUs could wait for each other */
		misuse(__builtin_return_address(0),
		       "a call of another CPU is forbidden here: interrupts are off");
		return -EDEADLK;
	}
	bitmap_fill(mask.bits, all ? 0 : cpu, all ? cpu_count() : 1, true);
	return cpu_call_mask(&mask, owner, function, argument);
}

void ipi_send(unsigned cpu, unsigned vector)
{
	lapic_send(cpu_of(cpu)->apic_id, vector);
}

static void on_call(struct trap_frame *frame)
{
	ipi_serve_calls();
}

void ipi_init(void)
{
	interrupt_set_handler(VECTOR_CALL, "call", on_call);
	interrupt_set_handler(VECTOR_STOP, "stop", stop_interrupted);
	/* A wake ends a halt; a CPU that halted looks for itself at what it waits for. */
	interrupt_set_handler(VECTOR_WAKE, "wake", NULL);
}
