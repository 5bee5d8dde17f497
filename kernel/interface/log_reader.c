/*
 * Interface `log_reader`: the module that shows the log, called by the thread "log", so that printk
 * never waits for a device. printk may be called with any lock held, the scheduler's too, so it
 * cannot wake a thread: it raises an interrupt on its own CPU, once until the thread has looked,
 * and the interrupt's handler wakes it. The entry's last call has returned before printk sends to
 * COM1 again.
 */
#include <kernel/log_reader.h>

#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/wait.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <arch/lapic.h>
#include <bus/call.h>
#include <irq/interrupt.h>
#include <log/log.h>

static DEFINE_WAIT_QUEUE(log_queue);
static uint32_t wanted; /* [A] set by any; cleared by the thread before it calls */

void log_reader_wake(void)
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
	wait_queue_wake(&log_queue);
}

static void show(void)
{
	struct call call;

	if (call_begin_first(&call, &log_reader_interface, OPERATION(log_reader, show)) != 0)
		return;
	call_through(&call, container_of(call.registration, struct log_reader, registration));
	call_end(&call);
}

static int show_log(void *unused)
{
	while (!thread_should_stop()) {
		wait_event(&log_queue, READ_ONCE(wanted));
		/* Before the look: a record stored after it raises the flag again. */
		__atomic_store_n(&wanted, 0, __ATOMIC_SEQ_CST);
		show();
	}
	return 0;
}

static void changed(struct registration *registration, bool callable)
{
	if (!callable)
		return;
	log_set_listener(log_reader_wake);
	log_reader_wake();
}

/* One whose owner has failed may leave after the next has become callable. */
static void left(struct registration *registration)
{
	spin_lock(&log_reader_interface.lock);
	if (!registration_nth_locked(&log_reader_interface, 0))
		log_set_listener(NULL);
	spin_unlock(&log_reader_interface.lock);
	printk("log: %s shows it no more\n", module_name(registration->owner));
}

struct interface log_reader_interface = {
    .name = "log_reader",
    INTERFACE_OPERATIONS("show"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_SINGLE,
    INTERFACE_ENTRY(log_reader),
    .changed = changed,
    .left = left,
};

int log_reader_start(void)
{
	interrupt_set_handler(VECTOR_LOG, "log", wake);
	return thread_create(show_log, NULL, "log") ? 0 : -ENOMEM;
}
