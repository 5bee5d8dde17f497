/*
 * The bus at boot: the kernel's own interfaces, and timers, work and threads as the bus sees them:
 * what an owner may arm, and how its work and threads are called. They are the owner's own business
 * and take no reference; they are refused once the owner's sweep has begun, so that the sweep ends.
 */
#include <bus/bus.h>

#include <kernel/bus.h>
#include <kernel/command.h>
#include <kernel/file.h>
#include <kernel/irq.h>
#include <kernel/last_words.h>
#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/terminal.h>

#include <log/panic.h>
#include <sched/thread.h>
#include <time/deferred.h>
#include <bus/call.h>

#include "bus_internal.h"

/* With the lock of a queue held, in any context but nmi. */
static int admit(const struct module *module, const void *function)
{
	const struct owner *owner;

	if (!module || module == THIS_MODULE)
		return 0;
	owner = owner_of(module);
	/* Who has faulted is not called again and again: the worker that ends it needs its time. */
	if (READ_ONCE(owner->flags) & OWNER_SWEEPING || READ_ONCE(owner->faulted))
		return -ESHUTDOWN;
	return owner_may_call_back(owner, function) ? 0 : -EINVAL;
}

static struct interface *const own_interfaces[] = {
    &command_interface, &console_interface, &input_interface,	   &notifier_interface,
    &irq_interface,	&node_interface,    &filesystem_interface, &last_words_interface,
};

void bus_init(void)
{
	deferred_set_admission(admit);
	thread_set_caller(call_own);
	bus_terminal_init();
	for (size_t i = 0; i < ARRAY_SIZE(own_interfaces); i++)
		interface_register(own_interfaces[i]);
	bus_file_init();
	panic_set_last_words(last_words_speak);
}

void bus_start(void)
{
	log_pump_start();
}
