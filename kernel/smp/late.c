/*
 * What a CPU that does not answer is at. The words of a CPU belong to one question at a time: the
 * CPU that makes the state ASKED sends the NMI, the handler fills the words and says ANSWERED, and
 * what another CPU has read counts if it can turn ANSWERED into NONE afterwards.
 */
#include <smp/late.h>

#include <string.h>

#include <lib/descriptor.h>

#include <kernel/module.h>
#include <kernel/printk.h>
#include <kernel/statistics.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/lapic.h>
#include <arch/trap.h>
#include <irq/interrupt.h>
#include <log/log.h>
#include <smp/ipi.h>

#define TICKS 10u /* of a wait */
#define LOOKS 5u  /* of the watchdog */

enum { NONE, ASKED, ANSWERED };

struct late {
	uint32_t state; /* [A] */
	uint32_t preempt_count;
	uint64_t rip, flags;
	char module[MODULE_NAME_SIZE]; /* a copy: it may be gone when that is read */
	const void *callback;
	/* [P] of a CPU that waits itself */
	bool (*keeps)(unsigned cpu, unsigned self); /* NULL: it does not wait */
	unsigned ticks;
	/* [T] T: the one thread that watches this CPU */
	uint64_t wakes;
	unsigned looks;
};
static DEFINE_PER_CPU(struct late, late);

/* Asks what CPU @cpu is at. */
static void late_ask(unsigned cpu)
{
	struct late *its = per_cpu_pointer(late, cpu);

	if (__atomic_exchange_n(&its->state, ASKED, __ATOMIC_ACQ_REL) != ASKED)
		lapic_send(cpu_of(cpu)->apic_id, LAPIC_NMI);
}

void late_answer(const struct trap_frame *frame, const struct module *module, const void *callback)
{
	struct late *mine = this_cpu_pointer(late);

	if (READ_ONCE(mine->state) != ASKED)
		return;
	mine->preempt_count = preempt_count();
	mine->rip = frame->rip;
	mine->flags = frame->rflags;
	strlcpy(mine->module, module_name(module), sizeof(mine->module));
	mine->callback = callback;
	__atomic_store_n(&mine->state, ANSWERED, __ATOMIC_RELEASE);
}

/* Puts the answer into the log, once, when it is there. */
static void late_tell(unsigned cpu)
{
	struct late *its = per_cpu_pointer(late, cpu), seen;
	uint32_t answered = ANSWERED;
	char callback[80], where[80];

	if (__atomic_load_n(&its->state, __ATOMIC_ACQUIRE) != ANSWERED)
		return;
	seen = *its;
	if (!__atomic_compare_exchange_n(&its->state, &answered, NONE, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	code_describe((uint64_t)seen.callback, callback, sizeof(callback));
	code_describe(seen.rip, where, sizeof(where));
	printk(KERN_ERR "%s: callback %s keeps CPU %u from answering: interrupts %s, preempt count "
			"%u, at %s\n",
	       seen.module, seen.callback ? callback : "none", cpu,
	       seen.flags & RFLAGS_IF ? "on" : "off", seen.preempt_count, where);
}

void late_wait_begin(bool (*keeps)(unsigned cpu, unsigned self))
{
	struct late *mine = this_cpu_pointer(late);

	mine->ticks = 0;
	mine->keeps = keeps;
	late_set_ticks(true);
}

void late_wait_end(void)
{
	this_cpu_pointer(late)->keeps = NULL;
	late_set_ticks(false);
}

void late_tick(void)
{
	struct late *mine = this_cpu_pointer(late);
	unsigned self = cpu_id();

	if (!mine->keeps || mine->ticks++ < TICKS)
		return;
	if (mine->ticks == 2 * TICKS)
		log_send_now(); /* the thread that sends may wait for this one, too */
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu == self || !mine->keeps(cpu, self)) /* bare: smp's */
			continue;
		if (mine->ticks == TICKS + 1)
			late_ask(cpu);
		else
			late_tell(cpu);
	}
}

/* A CPU that has taken a wake since the last look answers. */
bool cpu_watch(unsigned cpu)
{
	struct late *its = per_cpu_pointer(late, cpu);
	uint64_t wakes;

	if (cpu >= cpu_count() || cpu == cpu_id())
		return true;
	wakes = interrupt_count(cpu, VECTOR_WAKE);
	if (wakes != its->wakes)
		its->looks = 0;
	else if (++its->looks == LOOKS)
		late_ask(cpu);
	else if (its->looks > LOOKS)
		late_tell(cpu);
	its->wakes = wakes;
	ipi_send(cpu, VECTOR_WAKE);
	return its->looks < 2; /* the first look has sent nothing before */
}
