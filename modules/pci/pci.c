/*
 * PCI as a module: what stands on the buses, and which driver has it. One thread does what comes
 * later than init: devices that are plugged in or taken out, drivers that are to be loaded.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/wait.h>

#include "pci_internal.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("PCI and PCI Express: devices, drivers, hot plug; lspci and auto");
MODULE_VERSION("1.0");

static struct thread *thread;
static DEFINE_WAIT_QUEUE(kicked);
static uint64_t kicks; /* [A] asked for */
static uint64_t done;  /* [A] the last of them that the thread has done */
static DEFINE_WAIT_QUEUE(finished);

void pci_kick(void)
{
	__atomic_fetch_add(&kicks, 1, __ATOMIC_RELEASE);
	wait_queue_wake(&kicked);
}

/* Also ends when the command's thread is to stop. */
void pci_kick_and_wait(void)
{
	uint64_t mine = __atomic_add_fetch(&kicks, 1, __ATOMIC_RELEASE);

	wait_queue_wake(&kicked);
	wait_event(&finished, READ_ONCE(done) >= mine || thread_should_stop());
}

static void look_at_everything(void)
{
	slots_look();
	bind_removed();
	slots_forget();
	scan_free(false);
	bind_all();
	automatic_load();
}

static int run(void *unused)
{
	uint64_t now;

	if (module_wait_live(THIS_MODULE) != 0)
		return 0;
	while (!thread_should_stop()) {
		wait_event(&kicked, READ_ONCE(kicks) != done || thread_should_stop());
		now = __atomic_load_n(&kicks, __ATOMIC_ACQUIRE);
		look_at_everything();
		WRITE_ONCE(done, now);
		wait_queue_wake(&finished);
	}
	return 0;
}

static const struct command_operations lspci_operations = {.run = lspci_run};
static const struct command_operations automatic_operations = {.run = automatic_run};

static struct command commands[] = {
    {.name = "lspci",
     .usage = "[-v]",
     .help = "lists PCI devices with their drivers",
     .details = "-v   also module, subsystem, registers and interrupts\n"
		"Example: lspci -v",
     .group = "the machine",
     .operations = &lspci_operations},
    {.name = "auto",
     .usage = "[on|off]",
     .help = "loads the driver of each device that is found, or tells whether",
     .details = "on   those that are there now, too; returns when their drivers are loaded\n"
		"off  no more\n"
		"Example: auto on; lspci",
     .group = "modules",
     .operations = &automatic_operations},
};

static void pci_end(void)
{
	slots_exit();
	scan_free(true);
	access_exit();
	interface_unregister(&pci_driver_interface);
}

static int __init pci_init(void)
{
	int error = interface_register(&pci_driver_interface);

	if (error)
		return error;
	automatic_init();
	access_init();
	scan_bus(0, NULL);
	error = command_register_table(commands);
	if (error) {
		pci_end();
		return error;
	}
	pci_kick();
	thread = thread_create(run, NULL, "pci");
	if (thread)
		return 0;
	command_unregister_table(commands);
	pci_end();
	return -ENOMEM;
}

static void pci_exit(void)
{
	command_unregister_table(commands);
	thread_stop(thread);
	pci_end();
}

module_init(pci_init);
module_exit(pci_exit);
