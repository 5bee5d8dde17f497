/*
 * An interrupt by a wire: QEMU's e1000 has no messages. The card is told to interrupt.
 * Source: Intel 8254x Software Developer's Manual, 13.4.17 to 13.4.21 (ICR, ICS, IMS, IMC).
 */
#include <kernel/command.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <pci/pci.h>

MODULE_LICENSE("MIT");

#define REGISTERS 0x1000
#define CAUSE 0xc0
#define RAISE 0xc8
#define ALLOW 0xd0
#define FORBID 0xd8
#define LINK_CHANGE 4u

static volatile uint8_t *registers;
static uint32_t seen; /* [A] */
static DEFINE_WAIT_QUEUE(queue);

static enum irq_result handle(struct irq_handler *handler)
{
	uint32_t cause = *(volatile uint32_t *)(registers + CAUSE); /* reading it clears it */

	if (cause == 0 || cause == UINT32_MAX)
		return IRQ_NONE;
	__atomic_fetch_or(&seen, cause, __ATOMIC_RELEASE);
	wait_queue_wake(&queue);
	return IRQ_HANDLED;
}

static const struct irq_operations irq_operations = {.handle = handle};
static struct irq_handler handler = {.name = "pci_wire", .operations = &irq_operations};

static int wire_probe(struct pci_driver *driver, struct pci_device *device)
{
	int error;

	if (registers)
		return -EBUSY; /* one is enough */
	registers = pci_map(device, 0, 0, REGISTERS);
	if (!registers)
		return -ENOMEM;
	error = pci_interrupts_take(device, 1);
	handler.line = pci_interrupt_line(device, 0);
	if (error > 0)
		error = irq_register(&handler);
	if (error) {
		io_unmap((void *)registers);
		registers = NULL;
	}
	return error;
}

static void wire_remove(struct pci_driver *driver, struct pci_device *device)
{
	*(volatile uint32_t *)(registers + FORBID) = UINT32_MAX;
	irq_unregister(&handler);
	io_unmap((void *)registers);
}

PCI_CLAIM(wire_claim, PCI_DEVICE(8086, 100E));
static const struct pci_driver_operations operations = {.probe = wire_probe, .remove = wire_remove};
static struct pci_driver driver = {
    .name = "pci_wire", .claims = {wire_claim}, .operations = &operations};

static int wire_run(struct command_call *call)
{
	uint64_t deadline = time_now() + 10 * TIME_SECOND;
	bool came;

	seen = 0;
	*(volatile uint32_t *)(registers + ALLOW) = LINK_CHANGE;
	*(volatile uint32_t *)(registers + RAISE) = LINK_CHANGE;
	came = wait_event_until(&queue, __atomic_load_n(&seen, __ATOMIC_ACQUIRE) & LINK_CHANGE,
				deadline);
	command_print(call, "%s\n", came ? "interrupts" : "silent");
	return 0;
}

static const struct command_operations command_operations = {.run = wire_run};
static struct command command = {.name = "pci_wire", .operations = &command_operations};

static int __init wire_init(void)
{
	int error = command_register(&command);

	return error ? error : pci_driver_register(&driver);
}

static void wire_exit(void)
{
	command_unregister(&command);
	pci_driver_unregister(&driver);
}

module_init(wire_init);
module_exit(wire_exit);
