/*
 * Stopping the machine. Stops are numbered. The initiator claims the CPUs that are idle in HLT
 * (smp/quiet.c), interrupts the others, and halts; each of those comes to a point outside every
 * preemption-off section, answers with the number of *this* stop, raises its task priority so that
 * only class 0xf gets in, and halts; the last to answer wakes the initiator. It runs the function
 * with interrupts off, says that this number is released, wakes who halted, and returns without
 * waiting for anybody to leave. Nobody spins: with more virtual CPUs than real ones, spinning takes
 * from the others the time they need to answer.
 *
 * Why the function is alone. (1) A CPU answers by a locked operation on `missing` after all that it
 * did, the initiator reads `missing` before all that the function does, and a claim orders an idle
 * CPU the same way; so the function sees everything, and nobody is inside a section. (2) An answer
 * changes `missing` only if the number in it is the one answered, and a CPU answers a number once:
 * an answer to an older stop cannot be taken for this one, and no CPU stands for two. (3) A parked
 * CPU goes on only when `released` has reached its number, stored after the function returned;
 * numbers never go down, so who leaves late is not confused by the next stop, which waits for it
 * as for any other.
 *
 * Why a stop always ends. (1) Whoever waits for another CPU with preemption off does so in a
 * cpu_call (or for a spinlock, whose holder is in a section and therefore not parked): the call's
 * vector is of class 0xf, so CPUs that are parked or claimed serve it while the stop is still
 * gathered. (2) Once all have answered nobody is in such a wait, so nothing but the release is
 * sent; a call interrupt that comes late finds an empty inbox. (3) The initiator gathers with
 * interrupts on and is itself in a section, so it serves calls too, and a second initiator spins
 * with preemption on and is parked like anybody else.
 */
#include <smp/stop.h>

#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/lapic.h>
#include <irq/interrupt.h>
#include <log/panic.h>
#include <smp/ipi.h>
#include <smp/quiet.h>
#include <sync/preempt_want.h>

#define MISSING_BITS 16 /* of `missing`: how many; above: the number of the stop */
#define MISSING_MASK ((1ull << MISSING_BITS) - 1)

static struct {
	uint32_t turn;		  /* [A] 1 while somebody stops the machine */
	uint32_t initiator;	  /* [T] T: by whoever has the turn */
	uint64_t number;	  /* [A] of the stop under way, or the last */
	uint64_t missing;	  /* [A] number and how many CPUs have not answered it */
	uint64_t released;	  /* [A] the last number that is over */
	uint64_t flushed;	  /* [A] the last number on leaving which the TLB is dropped */
	bool running;		  /* [T] the function runs */
	struct quiet_set claimed; /* [T] who is stopped in its sleep */
	unsigned asked;		  /* [T] how many others there are */
	struct stop_statistics statistics; /* [T] */
} stop;

static DEFINE_PER_CPU(
    struct {
	    uint64_t answered; /* [P] the last number that this CPU answered */
	    uint64_t stack;    /* [S] where what it was running uses its stack from */
	    bool asked;	       /* [P] a stop waits for it */
    },
    stop_part);

/* The registers that a caller may still have values in; the rest are on its stack already. */
struct callee_saved {
	uint64_t rbx, rbp, r12, r13, r14, r15;
};

#define SAVE_REGISTERS(saved)                                                                      \
	asm volatile("movq %%rbx, %0\n\tmovq %%rbp, %1\n\tmovq %%r12, %2\n\t"                      \
		     "movq %%r13, %3\n\tmovq %%r14, %4\n\tmovq %%r15, %5"                          \
		     : "=m"((saved).rbx), "=m"((saved).rbp), "=m"((saved).r12), "=m"((saved).r13), \
		       "=m"((saved).r14), "=m"((saved).r15))

static uint64_t stack_pointer(void)
{
	uint64_t value;

	asm volatile("movq %%rsp, %0" : "=r"(value));
	return value;
}

/* The other CPUs' side. */

static void on_stop(struct trap_frame *frame)
{
	__typeof__(stop_part) *part = this_cpu_pointer(stop_part);

	if (__atomic_load_n(&stop.number, __ATOMIC_ACQUIRE) == part->answered)
		return;
	part->asked = true;
	preempt_want();
}

bool stop_waits(void)
{
	return this_cpu_pointer(stop_part)->asked;
}

/* One less is missing in stop @number; the last one wakes the initiator. */
static void answer(uint64_t number)
{
	uint64_t seen = __atomic_load_n(&stop.missing, __ATOMIC_RELAXED);

	do {
		if (seen >> MISSING_BITS != number || (seen & MISSING_MASK) == 0)
			return;
	} while (!__atomic_compare_exchange_n(&stop.missing, &seen, seen - 1, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if ((seen & MISSING_MASK) == 1)
		ipi_wake(stop.initiator);
}

static void park(uint64_t number)
{
	cr8_write(CR8_PARKED);
	answer(number);
	while (__atomic_load_n(&stop.released, __ATOMIC_ACQUIRE) < number) {
		cpu_halt_enabled();
		irq_disable();
	}
	if (__atomic_load_n(&stop.flushed, __ATOMIC_ACQUIRE) >= number)
		tlb_flush_local_all();
	cr8_write(0);
}

__noinline void stop_answer(void)
{
	__typeof__(stop_part) *part = this_cpu_pointer(stop_part);
	uint64_t number = __atomic_load_n(&stop.number, __ATOMIC_ACQUIRE);
	struct callee_saved saved;

	part->asked = false;
	if (part->answered == number)
		return;
	SAVE_REGISTERS(saved);
	part->answered = number;
	part->stack = stack_pointer();
	park(number);
}

/* The initiator's side. */

/* Waits with preemption on, so that a stop that is under way can have this CPU. */
static void take_turn(void)
{
	for (;;) {
		preempt_disable();
		if (__atomic_exchange_n(&stop.turn, 1, __ATOMIC_ACQUIRE) == 0)
			return;
		preempt_enable();
		while (READ_ONCE(stop.turn) != 0)
			cpu_pause();
	}
}

/* Calls @function for each CPU that was not claimed, this one left out. */
static void for_each_asked(unsigned self, void (*function)(unsigned cpu))
{
	for (unsigned cpu = 0; stop.asked != 0 && cpu < cpu_count(); cpu++) {
		if (cpu != self && !quiet_is_claimed(&stop.claimed, cpu))
			function(cpu);
	}
}

static void ask(unsigned cpu)
{
	lapic_send(cpu_of(cpu)->apic_id, VECTOR_STOP);
}

static void wait_for_answers(void)
{
	for (;;) {
		irq_disable();
		if ((__atomic_load_n(&stop.missing, __ATOMIC_ACQUIRE) & MISSING_MASK) == 0)
			return;
		cpu_halt_enabled();
	}
}

/* Returns with interrupts off and everybody stopped. */
static void gather(unsigned self)
{
	uint64_t number = stop.number + 1;

	stop.initiator = self;
	stop.asked = cpu_count() - 1 - quiet_claim(&stop.claimed);
	this_cpu_pointer(stop_part)->answered = number;
	__atomic_store_n(&stop.missing, number << MISSING_BITS | stop.asked, __ATOMIC_RELEASE);
	__atomic_store_n(&stop.number, number, __ATOMIC_SEQ_CST);
	for_each_asked(self, ask);
	wait_for_answers();
}

static void release(unsigned self)
{
	__atomic_store_n(&stop.released, stop.number, __ATOMIC_SEQ_CST);
	quiet_release(&stop.claimed, stop.flushed == stop.number);
	for_each_asked(self, ipi_wake);
}

static void account(uint64_t time)
{
	stop.statistics.count++;
	stop.statistics.last = time;
	stop.statistics.longest = max(stop.statistics.longest, time);
}

__noinline int stop_machine(int (*function)(void *argument), void *argument, uint64_t *nanoseconds)
{
	uint64_t begin = time_now();
	struct callee_saved saved;
	uint64_t time;
	int result;

	might_sleep();
	SAVE_REGISTERS(saved);
	take_turn();
	this_cpu_pointer(stop_part)->stack = stack_pointer();
	gather(cpu_id());
	stop.running = true;
	result = function(argument); /* bare: the caller's own */
	stop.running = false;
	release(stop.initiator);
	time = time_now() - begin;
	account(time);
	__atomic_store_n(&stop.turn, 0, __ATOMIC_RELEASE);
	irq_enable();
	preempt_enable();
	if (nanoseconds)
		*nanoseconds = time;
	return result;
}
EXPORT_SYMBOL(stop_machine);

void stop_flush_others(void)
{
	ASSERT(stop_is_under_way());
	stop.flushed = stop.number;
}

bool stop_is_under_way(void)
{
	return stop.running && stop.initiator == cpu_id() && !irq_enabled();
}

uint64_t stop_stack_pointer(unsigned cpu)
{
	if (quiet_is_claimed(&stop.claimed, cpu))
		return 0;
	return per_cpu(stop_part, cpu).stack;
}

void stop_statistics(struct stop_statistics *statistics)
{
	*statistics = stop.statistics;
}
EXPORT_SYMBOL(stop_statistics);

void stop_init(void)
{
	interrupt_set_handler(VECTOR_STOP, "stop", on_stop);
	interrupt_set_quiet_leave(quiet_leave);
}
