/*
 * Bringing up CPUs (Intel SDM vol. 3, 8.4.4): INIT to all, then for each in turn its window, its
 * stacks and the start-up IPI. The pause that the manual wants after INIT is one that no CPU with
 * 64 bits has been seen to need, so it is spent only on a CPU that has missed the first start-up
 * IPI. The one rule: numbers have no gaps. A CPU that does not answer is put back by another INIT,
 * keeps what it was given, and is the last that was tried.
 */
#include <core/core.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/descriptor.h>
#include <arch/lapic.h>
#include <mm/frame.h>
#include <mm/page_table.h>
#include <mm/percpu_window.h>
#include <mm/stack.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <time/clock.h>
#include <time/timer_queue.h>

#define INIT_PAUSE (10 * TIME_MS)
#define ANSWER_LIMIT (5 * TIME_SECOND) /* a virtual CPU may be kept waiting for long */

/* The last bytes of boot/trampoline.asm. */
struct trampoline_words {
	uint64_t root;
	uint64_t stack;
	uint64_t argument;
};

/* What a new CPU is told, and what it answers. */
struct start {
	struct cpu *cpu;     /* [I] */
	struct thread *idle; /* [I] */
	uint64_t stamp;	     /* the newcomer's TSC, written before @answered */
	uint32_t answered;   /* [A] */
};

extern const char __trampoline_start[], __trampoline_end[]; /* linker.ld */

_Noreturn void processor_main(struct start *start); /* called by boot/trampoline.asm */

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

void processor_main(struct start *start)
{
	struct thread *idle = start->idle;

	cpu_window_enter(start->cpu);
	cpu_control_init();
	lapic_enable();
	machine_wire_nmi();
	timer_queue_init_cpu();
	cpu_set_online();
	start->stamp = tsc_read();
	__atomic_store_n(&start->answered, 1, __ATOMIC_RELEASE); /* *start is gone after this */
	sched_run_cpu(idle);
}

static bool wait_for_answer(const struct start *start, uint64_t nanoseconds)
{
	uint64_t deadline = time_now() + nanoseconds;

	while (!__atomic_load_n(&start->answered, __ATOMIC_ACQUIRE)) {
		if (time_now() > deadline)
			return false;
		cpu_pause();
	}
	return true;
}

/* The second start-up IPI is for CPUs that were not ready for the first; others ignore it. */
static int wake(struct start *start)
{
	uint32_t apic_id = start->cpu->apic_id;
	uint8_t page = (uint8_t)(boot_trampoline_page() / PAGE_SIZE);
	struct trampoline_words *words =
	    direct_pointer(boot_trampoline_page() +
			   (size_t)(__trampoline_end - __trampoline_start) - sizeof(*words));

	*words = (struct trampoline_words){cr3_read(), start->idle->stack_top, (uint64_t)start};
	lapic_send(apic_id, LAPIC_STARTUP + page);
	if (wait_for_answer(start, INIT_PAUSE))
		return 0;
	lapic_send(apic_id, LAPIC_STARTUP + page);
	if (wait_for_answer(start, ANSWER_LIMIT))
		return 0;
	lapic_send(apic_id, LAPIC_INIT);
	return -ETIMEDOUT;
}

static int start_one(unsigned number, uint32_t apic_id)
{
	struct start start = {.cpu = cpu_of(number)};
	uint64_t before;
	int error = percpu_window_create(number);

	if (error)
		return error;
	cpu_window_init(start.cpu, number, apic_id);
	start.idle = sched_prepare_cpu(number);
	if (!start.idle)
		return -ENOMEM;
	error = processor_make_stacks(start.cpu);
	if (error)
		return error;
	before = tsc_read();
	error = wake(&start);
	if (!error && !clock_judge(before, start.stamp, tsc_read()))
		error = -ENODEV;
	return error;
}

static void start_each(void)
{
	for (unsigned i = 0; i < processor_count; i++) {
		uint32_t apic_id = processor_apic_ids[i];
		int error = 0;

		if (apic_id != cpu_this()->apic_id)
			error = start_one(cpu_count(), apic_id);
		if (!error)
			continue;
		printk(KERN_ERR "cpu: APIC %u does not run (%s); going on with %u CPUs\n", apic_id,
		       errno_name(error), cpu_count());
		return;
	}
}

void processors_start(void)
{
	uint64_t page = boot_trampoline_page();

	if (processor_count <= 1)
		return;
	if (!page) {
		printk(KERN_ERR "cpu: no page below 1 MiB to start other CPUs from\n");
		return;
	}
	memcpy(direct_pointer(page), __trampoline_start,
	       (size_t)(__trampoline_end - __trampoline_start));
	page_map(page, page, 1, MAP_TEXT);
	for (unsigned i = 0; i < processor_count; i++) {
		if (processor_apic_ids[i] != cpu_this()->apic_id)
			lapic_send(processor_apic_ids[i], LAPIC_INIT);
	}
	start_each();
	page_unmap(page, 1);
	printk("cpu: %u CPUs run\n", cpu_count());
}
