/*
 * Stopping the machine. Each CPU has one quiet word that says what it is to others: IDLE in HLT;
 * ASKED to stop; PARKED until it is released. The initiator parks the CPUs that are idle where they
 * sleep, asks and interrupts the others, and halts; each of those comes to a point outside every
 * preemption-off section, turns ASKED into PARKED, raises its task priority so that only class 0xf
 * gets in, and halts; the last to answer wakes the initiator. It runs the function with interrupts
 * off, clears PARKED everywhere, wakes those that are awake, and returns without waiting for any to
 * leave. No CPU spins: with more virtual CPUs than real ones, spinning takes from the others the
 * time they need to answer.
 *
 * Why the function is alone. (1) A CPU answers by locked operations after all that it did, the
 * initiator reads `missing` before all that the function does, and parking an idle CPU orders it
 * the same way; so the function sees everything, and no CPU is inside a section. (2) A CPU is asked
 * once in each stop, and answers only by turning that very ASKED into PARKED; as a stop begins
 * nothing before all have answered, no answer can be taken for one to another stop, and no CPU
 * stands for two. (3) A parked CPU goes on only when PARKED has been cleared, after the function
 * returned; should it leave late, the next stop finds it neither idle nor parked, and waits for it
 * as for any other.
 *
 * Why a stop always ends. (1) A CPU that waits for another with preemption off does so in a
 * cpu_call (or for a spinlock, whose holder is in a section and therefore not parked): the call's
 * vector is of class 0xf, so parked CPUs serve it while the stop is still gathered. (2) Once all
 * have answered none is in such a wait, so nothing but the release is sent; a call interrupt that
 * comes late finds an empty inbox. (3) The initiator gathers with interrupts on and is itself in a
 * section, so it serves calls too, and a second initiator, which halts until its turn comes, serves
 * calls and answers stops meanwhile: between its ticket and its turn no thread takes its CPU.
 *
 * Why a sleeping CPU may be taken for a stopped one, or left out of a TLB shootdown. (1) IDLE is
 * set by a locked operation after everything that this CPU did before, and others set duties by a
 * locked compare-exchange that needs IDLE to be there; so a CPU that succeeds sees all that the CPU
 * did, and the CPU, which clears IDLE by a locked operation too, sees each duty that was set. (2)
 * Between the two the CPU runs only the idle loop and the entry code of interrupts, whose text,
 * stack and per-CPU data no unload ever touches; interrupt_dispatch comes here before it looks at a
 * handler. (3) NMIs are the exception: their handler touches words of the CPU, and of a module only
 * the record of the call that the CPU is in, which an idle one is not.
 */
#include <smp/stop.h>

#include <lib/compiler.h>
#include <lib/touch.h>

#include <kernel/delay.h>
#include <kernel/guard.h>
#include <kernel/module.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <irq/interrupt.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <smp/ipi.h>
#include <smp/late.h>
#include <sync/resched_request.h>

/* Of a CPU's word. The words lie close together: those in the CPUs' windows, which are 4 MiB apart,
 * would all compete for the same entries of a TLB. */
#define IDLE 1u	  /* between idle_enter and idle_leave: touches nothing shared */
#define ASKED 2u  /* a stop waits for it */
#define PARKED 4u /* waits for the release before it goes on, or leaves its sleep */
#define FLUSH 8u  /* drops its whole TLB before it touches anything */

static struct {
	uint32_t word; /* [A] */
} __aligned(64) quiet[CPU_LIMIT];

static struct {
	uint32_t tickets; /* [A] drawn so far; with preemption off */
	uint32_t turn; /* [A] the ticket that stops the machine, or is next; written by its CPU */
	uint32_t waiters[CPU_LIMIT];	   /* [A] which CPU has ticket n, at n % CPU_LIMIT */
	uint32_t initiator;		   /* [T] T: by the CPU that has the turn */
	uint32_t missing;		   /* [A] CPUs that are not stopped yet */
	bool running;			   /* [T] the function runs */
	bool flush;			   /* [T] the others drop their TLBs when they leave */
	struct stop_statistics statistics; /* [T] */
} stop;

/* [S] Where what this CPU was running uses its stack from. */
static DEFINE_PER_CPU(uint64_t, stop_stack);

/* Puts the registers that callers may still have values in on the stack; the rest are there. */
static inline __attribute__((always_inline)) void save_registers(void)
{
	__builtin_unwind_init();
	asm volatile("movq %%rsp, %%gs:%0" : "=m"(stop_stack));
}

/* What a CPU does for others. */

void idle_flush_owed(void)
{
	uint32_t *word = &quiet[cpu_id()].word;

	if (READ_ONCE(*word) & FLUSH) {
		__atomic_fetch_and(word, ~FLUSH, __ATOMIC_ACQ_REL);
		tlb_flush_local_all();
	}
}

/*
 * Only class 0xf gets in: the release, and calls from CPUs that the stop itself still waits for.
 * One that ended a sleep has been acknowledged already, hence the look at them.
 */
static void wait_for_release(const uint32_t *word)
{
	cr8_write(CR8_PARKED);
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) & PARKED) {
		ipi_serve_calls();
		cpu_halt_enabled();
		irq_disable();
	}
	cr8_write(0);
}

void idle_enter(void)
{
	__atomic_fetch_or(&quiet[cpu_id()].word, IDLE, __ATOMIC_SEQ_CST);
}

void idle_leave(void)
{
	uint32_t *word = &quiet[cpu_id()].word;

	if (!(READ_ONCE(*word) & IDLE))
		return;
	__atomic_fetch_and(word, ~IDLE, __ATOMIC_SEQ_CST);
	delay_here();
	if (READ_ONCE(*word) & PARKED)
		wait_for_release(word);
	idle_flush_owed(); /* last: the stop that parked this CPU may have set it meanwhile */
}

void stop_interrupted(struct trap_frame *frame)
{
	if (stop_waits())
		resched_request();
}

bool stop_waits(void)
{
	return READ_ONCE(quiet[cpu_id()].word) & ASKED;
}

__noinline void stop_answer(void)
{
	uint32_t *word = &quiet[cpu_id()].word;

	save_registers();
	__atomic_fetch_xor(word, ASKED | PARKED, __ATOMIC_SEQ_CST);
	if (__atomic_sub_fetch(&stop.missing, 1, __ATOMIC_SEQ_CST) == 0)
		ipi_send(stop.initiator, VECTOR_WAKE);
	wait_for_release(word);
	idle_flush_owed();
}

/* What others do with it. */

/* Sets @idle if the CPU is idle, else @busy; true when it was idle. */
static bool set_duty(unsigned cpu, uint32_t idle, uint32_t busy)
{
	uint32_t *word = &quiet[cpu].word;
	uint32_t seen = READ_ONCE(*word);

	while (!__atomic_compare_exchange_n(word, &seen, seen | (seen & IDLE ? idle : busy), false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	return seen & IDLE;
}

/* Pairs with idle_enter and idle_leave, see above. */
bool idle_defer_flush(unsigned cpu)
{
	return set_duty(cpu, FLUSH, 0);
}

/*
 * First come, first served. It waits with preemption off, but a stop that is under way has this
 * CPU: no more stops come before its own than there are other CPUs. It halts: the turn is looked at
 * after ->waiters is written, and give_turn writes and reads them in the other order.
 */
static void take_turn(void)
{
	uint32_t ticket;

	preempt_disable();
	ticket = __atomic_fetch_add(&stop.tickets, 1, __ATOMIC_RELAXED);
	irq_disable();
	__atomic_store_n(&stop.waiters[ticket % CPU_LIMIT], cpu_id(), __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&stop.turn, __ATOMIC_SEQ_CST) != ticket) {
		if (stop_waits())
			stop_answer();
		else
			cpu_halt_enabled();
		irq_disable();
	}
	irq_enable();
}

static void give_turn(void)
{
	uint32_t next = stop.turn + 1;

	__atomic_store_n(&stop.turn, next, __ATOMIC_SEQ_CST);
	if (READ_ONCE(stop.tickets) != next)
		ipi_send(READ_ONCE(stop.waiters[next % CPU_LIMIT]), VECTOR_WAKE);
}

static bool keeps(unsigned cpu, unsigned self)
{
	return READ_ONCE(quiet[cpu].word) & ASKED;
}

/* Halts, interrupts off outside, until all have answered; one that does not is named. */
static void wait_for_missing(void)
{
	late_wait_begin(keeps);
	do {
		cpu_halt_enabled();
		irq_disable();
	} while (__atomic_load_n(&stop.missing, __ATOMIC_ACQUIRE) != 0);
	late_wait_end();
}

/* Returns with interrupts off and all CPUs stopped. */
static void gather(unsigned self)
{
	unsigned parked = 0;

	delay_here();
	stop.initiator = self;
	stop.flush = false;
	__atomic_store_n(&stop.missing, cpu_count() - 1, __ATOMIC_SEQ_CST);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu == self)
			continue;
		if (set_duty(cpu, PARKED, ASKED))
			parked++;
		else
			ipi_send(cpu, VECTOR_STOP);
	}
	__atomic_sub_fetch(&stop.missing, parked, __ATOMIC_SEQ_CST);
	irq_disable();
	if (__atomic_load_n(&stop.missing, __ATOMIC_ACQUIRE) != 0)
		wait_for_missing();
}

/*
 * A CPU that is still idle sleeps on; all others halt in wait_for_release and have to be told.
 * Every flush is owed before the first CPU goes on: that one may call another that is parked still.
 */
static void release(unsigned self)
{
	for (unsigned cpu = 0; stop.flush && cpu < cpu_count(); cpu++)
		if (cpu != self)
			__atomic_fetch_or(&quiet[cpu].word, FLUSH, __ATOMIC_SEQ_CST);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		delay_here();
		if (cpu != self &&
		    !(__atomic_fetch_and(&quiet[cpu].word, ~PARKED, __ATOMIC_SEQ_CST) & IDLE))
			ipi_send(cpu, VECTOR_WAKE);
	}
}

struct stopped {
	int (*function)(void *argument);
	void *argument;
	int result;
};

static int run_stopped(void *object, void *unused)
{
	struct stopped *stopped = object;

	stopped->result = stopped->function(stopped->argument); /* bare: guarded by its caller */
	return 0;
}

__noinline int stop_machine_for(struct module *owner, int (*function)(void *argument),
				void *argument, uint64_t *nanoseconds)
{
	struct stopped stopped = {function, argument, -ENOTRECOVERABLE};
	struct guarded_one one = {1, {(const void *)run_stopped, &stopped, owner}};
	uint64_t begin = time_now();
	uint64_t time;

	if (!may_sleep())
		return -EDEADLK;
	/* With too little stack it would be ended in its middle, and the next one never begin. */
	stack_demand(STACK_FOR_STOP);
	take_turn();
	save_registers();
	gather(cpu_id());
	stop.running = true;
	call_guarded(&one, NULL);
	stop.running = false;
	release(stop.initiator);
	time = time_now() - begin;
	stop.statistics.count++;
	stop.statistics.last = time;
	stop.statistics.longest = max(stop.statistics.longest, time);
	give_turn();
	irq_enable();
	preempt_enable();
	if (nanoseconds)
		*nanoseconds = time;
	return stopped.result;
}

void stop_flush_others(void)
{
	ASSERT(stop.running && stop.initiator == cpu_id());
	stop.flush = true;
}

uint64_t stop_stack_pointer(unsigned cpu)
{
	return per_cpu(stop_stack, cpu);
}

void stop_statistics(struct stop_statistics *statistics)
{
	*statistics = stop.statistics;
}
