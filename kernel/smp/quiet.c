/*
 * The quiet words: what an idle CPU lets others do with it while it sleeps. The one rule: between
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

#include <kernel/preempt.h>

#include <arch/control.h>
#include <irq/interrupt.h>
#include <smp/ipi.h>

/* Of CPU n the bits from n % 16 * 4 on in word n / 16. */
#define IDLE 1ull    /* between quiet_enter and quiet_leave: touches nothing shared */
#define CLAIMED 2ull /* waits for the release of a stop before it leaves */
#define FLUSH 4ull   /* drops its whole TLB before it leaves */
#define ALL(bit) ((bit)*0x1111111111111111ull)

static struct {
	uint64_t word; /* [A] */
} __aligned(64) quiet[CPU_LIMIT / QUIET_GROUP];

static uint64_t *word_of(unsigned cpu)
{
	return &quiet[cpu / QUIET_GROUP].word;
}

static unsigned shift_of(unsigned cpu)
{
	return cpu % QUIET_GROUP * QUIET_BITS;
}

void quiet_enter(void)
{
	struct cpu *cpu = cpu_this();

	cpu->quiet = 1;
	__atomic_fetch_or(word_of(cpu->id), IDLE << shift_of(cpu->id), __ATOMIC_SEQ_CST);
}

/*
 * Claimed by a stop. Only class 0xf gets in: the release, and calls from CPUs that the stop itself
 * still waits for. One that ended the sleep has been acknowledged already, hence the look at them.
 */
static void wait_for_release(const uint64_t *word, unsigned shift)
{
	cr8_write(CR8_PARKED);
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) >> shift & CLAIMED) {
		ipi_serve_calls();
		cpu_halt_enabled();
		irq_disable();
	}
	cr8_write(0);
}

static void flush_if_owed(uint64_t *word, unsigned shift)
{
	if (READ_ONCE(*word) >> shift & FLUSH) {
		__atomic_fetch_and(word, ~(FLUSH << shift), __ATOMIC_ACQ_REL);
		tlb_flush_local_all();
	}
}

/* Not idle any more, others set no duties but FLUSH with the release: it is looked at last. */
void quiet_leave(void)
{
	struct cpu *cpu = cpu_this();
	uint64_t *word = word_of(cpu->id);
	unsigned shift = shift_of(cpu->id);
	uint64_t before;

	if (!cpu->quiet)
		return;
	cpu->quiet = 0;
	before = __atomic_fetch_and(word, ~(IDLE << shift), __ATOMIC_SEQ_CST) >> shift;
	flush_if_owed(word, shift);
	if (before & CLAIMED) {
		wait_for_release(word, shift);
		flush_if_owed(word, shift);
	}
}

/* Pairs with quiet_enter and quiet_leave, see above. */
bool quiet_defer_flush(unsigned cpu)
{
	uint64_t *word = word_of(cpu);
	uint64_t seen = READ_ONCE(*word);

	while (seen >> shift_of(cpu) & IDLE) {
		if (__atomic_compare_exchange_n(word, &seen, seen | FLUSH << shift_of(cpu), false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static unsigned group_count(void)
{
	return (cpu_count() + QUIET_GROUP - 1) / QUIET_GROUP;
}

/* How many of the sixteen: @ones has at most the lowest bit of each four. */
static unsigned count_set(uint64_t ones)
{
	ones = (ones + (ones >> QUIET_BITS)) & 0x0f0f0f0f0f0f0f0full;
	return (unsigned)(ones * 0x0101010101010101ull >> 56);
}

unsigned quiet_claim(struct quiet_set *claimed)
{
	unsigned count = 0;

	for (unsigned group = 0; group < group_count(); group++) {
		uint64_t *word = &quiet[group].word;
		uint64_t seen = READ_ONCE(*word);
		uint64_t claims;

		do {
			claims = (seen & ALL(IDLE)) * CLAIMED;
		} while (!__atomic_compare_exchange_n(word, &seen, seen | claims, false,
						      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
		claimed->groups[group] = claims;
		count += count_set(claims / CLAIMED);
	}
	return count;
}

/* Whoever woke meanwhile halts in wait_for_release and has to be told. */
static void wake_awake(unsigned group, uint64_t awake)
{
	for (; awake != 0; awake &= awake - 1)
		ipi_wake(group * QUIET_GROUP + (unsigned)__builtin_ctzll(awake) / QUIET_BITS);
}

void quiet_release(const struct quiet_set *claimed, bool flush)
{
	for (unsigned group = 0; group < group_count(); group++) {
		uint64_t *word = &quiet[group].word;
		uint64_t seen = READ_ONCE(*word);
		uint64_t claims = claimed->groups[group];
		uint64_t duties = flush ? claims / CLAIMED * FLUSH : 0;

		while (!__atomic_compare_exchange_n(word, &seen, (seen & ~claims) | duties, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			;
		wake_awake(group, claims & ~((seen & ALL(IDLE)) * CLAIMED));
	}
}

bool quiet_is_claimed(const struct quiet_set *claimed, unsigned cpu)
{
	return claimed->groups[cpu / QUIET_GROUP] >> shift_of(cpu) & CLAIMED;
}
