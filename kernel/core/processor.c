/*
 * Bringing up CPUs (Intel SDM vol. 3, 8.4.4): INIT to all, then the start-up IPI to each, and a
 * seat for each that arrives in the trampoline: a number, a window and stacks. A CPU that is slow
 * or absent holds up no other. The pause that the manual wants after INIT is one that no CPU with
 * 64 bits has been seen to need, so it is spent only on CPUs that have missed the first start-up
 * IPI.
 *
 * Three rules. Numbers have no gaps: a CPU gets one when it has arrived. The boot CPU alone counts
 * CPUs, and a CPU waits until it is counted; so one that comes when the boot CPU has given it up is
 * never counted. Nothing that was given to a CPU is given to another: INIT may reach
 * one late, as a virtual CPU may be kept from running.
 */
#include <core/core.h>

#include <string.h>

#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/descriptor.h>
#include <arch/lapic.h>
#include <log/panic.h>
#include <mm/frame.h>
#include <mm/page_table.h>
#include <mm/percpu_window.h>
#include <mm/stack.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <time/clock.h>
#include <time/timer_queue.h>

#define INIT_PAUSE (10 * TIME_MS)
#define PATIENCE                                                                                   \
	(2 * TIME_SECOND) /* since the last has come: a virtual CPU may be kept waiting            \
			   */
#define ANSWER_LIMIT (30 * TIME_SECOND)
#define NO_APIC UINT32_MAX

enum seat_state { SEAT_TAKEN, SEAT_FREE, SEAT_CLOSED }; /* boot/trampoline.asm has them too */

/* The last bytes of boot/trampoline.asm. */
struct trampoline_words {
	uint64_t root;
	uint64_t stack;
	uint32_t arrived; /* [A] CPUs that have come, seated or not */
	uint32_t seat; /* [A] enum seat_state: freed and closed by the boot CPU, taken by others */
};

/* The newest CPU. Written by the boot CPU before it frees the seat, but for the stamp. */
static struct {
	struct cpu *cpu;
	struct thread *idle;
	uint64_t stamp;	   /* the newcomer's TSC, written before it answers */
	uint32_t answered; /* [A] 1: it waits to be counted */
} newcomer;

extern const char __trampoline_start[], __trampoline_end[]; /* linker.ld */

_Noreturn void processor_main(void); /* called by boot/trampoline.asm */

int processor_make_stacks(struct cpu *cpu)
{
	for (unsigned which = 0; which < INTERRUPT_STACKS; which++) {
		uint64_t top;
		int error = stack_alloc(&top);

		if (error)
			return error;
		descriptors_set_stack(cpu, which, (void *)top);
	}
	return 0;
}

void processor_main(void)
{
	struct cpu *cpu = newcomer.cpu;
	struct thread *idle = newcomer.idle;

	cpu_window_enter(cpu);
	cpu_control_init();
	lapic_enable();
	cpu->apic_id = lapic_id();
	machine_wire_nmi();
	timer_queue_init_cpu();
	newcomer.stamp = tsc_read();
	__atomic_store_n(&newcomer.answered, 1, __ATOMIC_RELEASE);
	while (cpu_count() <= cpu->id) /* the next one's seat is made afterwards */
		cpu_pause();
	sched_run_cpu(idle);
}

static struct trampoline_words *trampoline_words(void)
{
	size_t size = (size_t)(__trampoline_end - __trampoline_start);

	return direct_pointer(boot_trampoline_page + size - sizeof(struct trampoline_words));
}

/* Waits until the word is no longer @value. False: it still is. */
static bool wait_for_change(const uint32_t *word, uint32_t value, uint64_t nanoseconds)
{
	uint64_t deadline = time_now() + nanoseconds;
	bool late;

	do {
		late = time_now() > deadline;
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
			return true;
		cpu_pause();
	} while (!late);
	return false;
}

/* What the next CPU needs before it runs C. */
static int prepare(unsigned number)
{
	int error = percpu_window_create(number);

	if (error)
		return error;
	newcomer.cpu = cpu_of(number);
	cpu_window_init(newcomer.cpu, number);
	newcomer.idle = sched_prepare_cpu(number);
	if (!newcomer.idle)
		return -ENOMEM;
	newcomer.answered = 0;
	return processor_make_stacks(newcomer.cpu);
}

/* Gives a CPU that has arrived the seat, and counts it. An error is the end of starting CPUs. A CPU
 * that has come so far and then hangs cannot be left out: it may go on at any time. */
static int seat_newcomer(void)
{
	struct trampoline_words *words = trampoline_words();
	int error = prepare(cpu_count());
	uint64_t before = tsc_read();

	if (error)
		return error;
	words->stack = newcomer.idle->stack_top;
	__atomic_store_n(&words->seat, SEAT_FREE, __ATOMIC_RELEASE);
	if (!wait_for_change(&newcomer.answered, 0, ANSWER_LIMIT))
		panic("CPU %u has begun to start, and hangs", cpu_count());
	clock_judge(before, newcomer.stamp, tsc_read());
	cpu_set_online();
	return 0;
}

static bool runs(uint32_t apic_id)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		if (cpu_of(cpu)->apic_id == apic_id)
			return true;
	return false;
}

/* Seats all that arrive until that one runs, all run, or none has arrived for so long. */
static int seat_until(uint32_t apic_id, uint64_t nanoseconds)
{
	int error = 0;

	while (!error && cpu_count() <= processor_others && !runs(apic_id) &&
	       wait_for_change(&trampoline_words()->arrived, cpu_count() - 1, nanoseconds))
		error = seat_newcomer();
	return error;
}

/* The second start-up IPI is for CPUs that were not ready for the first; others ignore it. */
static int start_each(void)
{
	uint8_t page = (uint8_t)(boot_trampoline_page / PAGE_SIZE);
	int error = 0;

	for (unsigned i = 0; i < processor_others && !error; i++) {
		uint32_t apic_id = processor_apic_ids[i];

		lapic_send(apic_id, LAPIC_STARTUP + page);
		error = seat_until(apic_id, INIT_PAUSE);
		if (!runs(apic_id))
			lapic_send(apic_id, LAPIC_STARTUP + page);
	}
	return error ? error : seat_until(NO_APIC, PATIENCE);
}

/* No other CPU comes from here on: one in the trampoline halts, one that INIT reaches sleeps. The
 * trampoline stays as it is, since neither may have happened yet. */
static void leave_out_the_rest(int error)
{
	__atomic_store_n(&trampoline_words()->seat, SEAT_CLOSED, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < processor_others; i++) {
		uint32_t apic_id = processor_apic_ids[i];

		if (runs(apic_id))
			continue;
		lapic_send(apic_id, LAPIC_INIT);
		printk(KERN_ERR "cpu: APIC %u is left out: %s\n", apic_id,
		       error ? errno_name(error) : "it does not answer");
	}
}

void processors_start(void)
{
	uint64_t page = boot_trampoline_page;

	if (processor_others == 0)
		return;
	if (!page) {
		printk(KERN_ERR "cpu: no page below 1 MiB to start other CPUs from\n");
		return;
	}
	memcpy(direct_pointer(page), __trampoline_start,
	       (size_t)(__trampoline_end - __trampoline_start));
	trampoline_words()->root = cr3_read();
	page_map(page, page, 1, MAP_TEXT);
	for (unsigned i = 0; i < processor_others; i++)
		lapic_send(processor_apic_ids[i], LAPIC_INIT);
	leave_out_the_rest(start_each());
	printk("cpu: %u CPUs run\n", cpu_count());
}
