/*
 * The quiet word: what an idle CPU lets others do with it while it sleeps. The one rule: between
 * quiet_enter and quiet_leave a CPU reads at most its own preempt count, and the first thing that
 * it does afterwards is its duties.
 *
 * Why a sleeping CPU may be taken for a stopped one, or left out of a TLB shootdown: (1) IDLE is
 * set by a locked operation after everything that this CPU did before, and others set duties by a
 * locked compare-exchange that needs IDLE to be there; so whoever succeeds sees all that the CPU
 * did, and the CPU, which clears IDLE by a locked operation too, sees each duty that was set. (2)
 * Between the two the CPU runs only the idle loop and the entry code of interrupts, whose text,
 * stack and per-CPU data no unload ever touches; interrupt_dispatch comes here before it looks at a
 * handler. (3) NMIs are the exception: their handler touches one per-CPU counter and nothing of a
 * module.
 */
#include <smp/quiet.h>

#include <lib/compiler.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <irq/interrupt.h>
#include <smp/ipi.h>

void quiet_enter(void)
{
	__atomic_fetch_or(&cpu_this()->quiet, QUIET_IDLE, __ATOMIC_SEQ_CST);
}

/*
 * Claimed by a stop. Only class 0xf gets in: the release, and calls from CPUs that the stop itself
 * still waits for. One that ended the sleep has been acknowledged already, hence the look at them.
 */
static void wait_for_release(struct cpu *cpu)
{
	cr8_write(CR8_PARKED);
	while (__atomic_load_n(&cpu->quiet, __ATOMIC_ACQUIRE) & QUIET_CLAIMED) {
		ipi_serve_calls();
		cpu_halt_enabled();
		irq_disable();
	}
	cr8_write(0);
}

static void flush_if_owed(struct cpu *cpu)
{
	if (READ_ONCE(cpu->quiet) & QUIET_FLUSH) {
		__atomic_fetch_and(&cpu->quiet, ~QUIET_FLUSH, __ATOMIC_ACQ_REL);
		tlb_flush_local_all();
	}
}

/* Not idle any more, others set no duties but FLUSH with the release: it is looked at last. */
void quiet_leave(void)
{
	struct cpu *cpu = cpu_this();
	uint32_t before;

	if ((READ_ONCE(cpu->quiet) & QUIET_IDLE) == 0)
		return;
	before = __atomic_fetch_and(&cpu->quiet, ~QUIET_IDLE, __ATOMIC_SEQ_CST);
	flush_if_owed(cpu);
	if (before & QUIET_CLAIMED) {
		wait_for_release(cpu);
		flush_if_owed(cpu);
	}
}

/* Sets @duty if the CPU is idle. Pairs with quiet_enter and quiet_leave, see above. */
static bool set_duty(unsigned cpu, uint32_t duty)
{
	uint32_t *word = &cpu_of(cpu)->quiet;
	uint32_t seen = READ_ONCE(*word);

	while (seen & QUIET_IDLE) {
		if (__atomic_compare_exchange_n(word, &seen, seen | duty, false, __ATOMIC_SEQ_CST,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

bool quiet_defer_flush(unsigned cpu)
{
	return set_duty(cpu, QUIET_FLUSH);
}

bool quiet_claim(unsigned cpu)
{
	return set_duty(cpu, QUIET_CLAIMED);
}

/* A CPU that woke meanwhile halts in wait_for_release and has to be told. */
void quiet_release(unsigned cpu, bool flush)
{
	uint32_t *word = &cpu_of(cpu)->quiet;
	uint32_t seen = READ_ONCE(*word);
	uint32_t next;

	do {
		next = (seen & ~QUIET_CLAIMED) | (flush ? QUIET_FLUSH : 0);
	} while (!__atomic_compare_exchange_n(word, &seen, next, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	if ((seen & QUIET_IDLE) == 0)
		ipi_wake(cpu);
}
