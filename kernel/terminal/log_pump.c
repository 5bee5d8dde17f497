/*
 * The thread that sends the log to the terminals, so that printk never waits for a device. printk
 * may be called with any lock held, the scheduler's too, so it cannot wake a thread: it raises an
 * interrupt on its own CPU, once until the thread has looked, and the interrupt's handler wakes it.
 */
#include <terminal/room.h>

#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/lapic.h>
#include <irq/interrupt.h>
#include <log/log.h>
#include <log/panic.h>

#include "terminal_internal.h"

static DEFINE_WAIT_QUEUE(pump_queue);
static uint32_t wanted; /* [A] */

void log_pump_wake(void)
{
	uint64_t flags;

	if (__atomic_exchange_n(&wanted, 1, __ATOMIC_ACQ_REL) || !lapic_ready())
		return;
	flags = irq_save();
	lapic_send(cpu_this()->apic_id, VECTOR_LOG);
	irq_restore(flags);
}

static void wake(struct trap_frame *frame)
{
	wait_queue_wake(&pump_queue);
}

static int pump(void *unused)
{
	while (!thread_should_stop()) {
		wait_event(&pump_queue, READ_ONCE(wanted));
		/* Before the look: a record stored after it raises the flag again. */
		__atomic_store_n(&wanted, 0, __ATOMIC_SEQ_CST);
		for (unsigned id = 0; id < TERMINALS; id++)
			terminal_pump(terminal_get(id));
	}
	return 0;
}

void terminal_start(void)
{
	interrupt_set_handler(VECTOR_LOG, "log", wake);
	if (!thread_create(pump, NULL, "log")) {
		printk(KERN_ERR "log: no memory for its thread; printk stays synchronous\n");
		return;
	}
	log_set_listener(log_pump_wake, &terminal_get(TERMINAL_SERIAL)->log_cursor);
	log_pump_wake();
}
