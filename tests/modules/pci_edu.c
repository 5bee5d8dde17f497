/*
 * A driver of QEMU's device for lessons, which interrupts when it is told to, and reads and writes
 * memory. `pci_edu` makes it work once; `fault=probe`, `remove` or `command` says where it faults.
 * Source: QEMU, docs/specs/edu.txt.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <pci/pci.h>

MODULE_LICENSE("MIT");

#define REGISTERS 0x100
#define ID 0x00
#define INVERTED 0x04
#define STATUS 0x24
#define RAISE 0x60
#define ACKNOWLEDGE 0x64
#define DMA_FROM 0x80
#define DMA_TO 0x88
#define DMA_COUNT 0x90
#define DMA_COMMAND 0x98
#define DMA_START 1u
#define DMA_TO_MEMORY 2u
#define INSIDE 0x40000u /* the device's own memory */

static char *fault = "";
module_param(fault, charp, 0444);
static unsigned refuse;
module_param(refuse, uint, 0444);

struct edu {
	struct pci_device *device;
	volatile uint8_t *registers;
	struct irq_handler handler;
	struct wait_queue queue;
	uint32_t seen; /* [A] interrupt status, all of it */
};

static DEFINE_MUTEX(edu_lock);
static struct edu *edus[4]; /* [L] */
static int *volatile nowhere;

static uint32_t edu_read(const struct edu *edu, unsigned offset)
{
	return *(volatile uint32_t *)(edu->registers + offset);
}

static void edu_write(const struct edu *edu, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(edu->registers + offset) = value;
}

static void fault_in(const char *where)
{
	if (strcmp(fault, where) == 0)
		*nowhere = 1;
}

static enum irq_result handle(struct irq_handler *handler)
{
	struct edu *edu = container_of(handler, struct edu, handler);
	uint32_t status = edu_read(edu, STATUS);

	if (status == 0 || status == UINT32_MAX)
		return IRQ_NONE;
	edu_write(edu, ACKNOWLEDGE, status);
	__atomic_fetch_or(&edu->seen, status, __ATOMIC_RELEASE);
	wait_queue_wake(&edu->queue);
	return IRQ_HANDLED;
}

static const struct irq_operations irq_operations = {.handle = handle};

static void edu_end(struct edu *edu)
{
	io_unmap((void *)edu->registers);
	heap_free(edu);
}

static int start(struct edu *edu)
{
	int count = pci_interrupts_take(edu->device, 1);

	if (count < 0)
		return count;
	pci_master_enable(edu->device);
	wait_queue_init(&edu->queue);
	edu->handler = (struct irq_handler){.name = "pci_edu",
					    .line = pci_interrupt_line(edu->device, 0),
					    .operations = &irq_operations};
	return irq_register(&edu->handler);
}

static int edu_probe(struct pci_driver *driver, struct pci_device *device)
{
	struct edu *edu;
	int error;

	fault_in("probe");
	if (refuse)
		return -ENODEV;
	edu = heap_alloc_zeroed(sizeof(*edu));
	if (!edu)
		return -ENOMEM;
	edu->device = device;
	edu->registers = pci_map(device, 0, 0, REGISTERS);
	error = edu->registers ? start(edu) : -ENOMEM;
	if (error) {
		edu_end(edu);
		return error;
	}
	pci_set_data(device, edu);
	mutex_lock(&edu_lock);
	for (size_t i = 0; i < ARRAY_SIZE(edus); i++)
		if (!edus[i]) {
			edus[i] = edu;
			break;
		}
	mutex_unlock(&edu_lock);
	printk("pci_edu: %s: taken\n", pci_device_name(device));
	return 0;
}

static void edu_remove(struct pci_driver *driver, struct pci_device *device)
{
	struct edu *edu = pci_data(device);

	fault_in("remove");
	mutex_lock(&edu_lock);
	for (size_t i = 0; i < ARRAY_SIZE(edus); i++)
		if (edus[i] == edu)
			edus[i] = NULL;
	mutex_unlock(&edu_lock);
	irq_unregister(&edu->handler);
	printk("pci_edu: %s: given back\n", pci_device_name(device));
	edu_end(edu);
}

PCI_CLAIM(edu_claim, PCI_DEVICE(1234, 11E8));

static const struct pci_driver_operations operations = {.probe = edu_probe, .remove = edu_remove};
static struct pci_driver driver = {
    .name = "pci_edu", .claims = {edu_claim}, .operations = &operations};

static bool interrupts(struct edu *edu)
{
	uint64_t deadline = time_now() + 10 * TIME_SECOND;

	edu->seen = 0;
	edu_write(edu, RAISE, 0x5a);
	return wait_event_until(&edu->queue, __atomic_load_n(&edu->seen, __ATOMIC_ACQUIRE) == 0x5a,
				deadline);
}

static void transfer(struct edu *edu, uint64_t from, uint64_t to, uint32_t command)
{
	edu_write(edu, DMA_FROM, (uint32_t)from);
	edu_write(edu, DMA_FROM + 4, (uint32_t)(from >> 32));
	edu_write(edu, DMA_TO, (uint32_t)to);
	edu_write(edu, DMA_TO + 4, (uint32_t)(to >> 32));
	edu_write(edu, DMA_COUNT, 64);
	edu_write(edu, DMA_COMMAND, DMA_START | command);
	while (edu_read(edu, DMA_COMMAND) & DMA_START)
		time_sleep(TIME_MS);
}

/* Memory to the device, and back to other memory. */
static bool copies(struct edu *edu)
{
	char *memory = heap_alloc_zeroed(128);
	bool same;

	if (!memory)
		return false;
	memset(memory, 'x', 64);
	transfer(edu, io_physical(memory), INSIDE, 0);
	transfer(edu, INSIDE, io_physical(memory + 64), DMA_TO_MEMORY);
	same = memcmp(memory, memory + 64, 64) == 0;
	heap_free(memory);
	return same;
}

static int edu_run(struct command_call *call)
{
	bool copy = call->argc == 2 && strcmp(call->argv[1], "copy") == 0;
	bool any = false;

	fault_in("command");
	mutex_lock(&edu_lock);
	for (size_t i = 0; i < ARRAY_SIZE(edus); i++) {
		struct edu *edu = edus[i];

		if (!edu)
			continue;
		any = true;
		edu_write(edu, INVERTED, 0x12345678);
		command_print(call, "%s: id %08x, %s, %s\n", pci_device_name(edu->device),
			      edu_read(edu, ID),
			      edu_read(edu, INVERTED) == ~0x12345678u ? "alive" : "dead",
			      interrupts(edu) ? "interrupts" : "silent");
		if (copy)
			command_print(call, "%s\n", copies(edu) ? "copies" : "does not copy");
	}
	mutex_unlock(&edu_lock);
	return any ? 0 : command_fail(call, "device", -ENODEV, "there is none");
}

static const struct command_operations command_operations = {.run = edu_run};
static struct command command = {.name = "pci_edu", .operations = &command_operations};

static int __init edu_init(void)
{
	int error = command_register(&command);

	return error ? error : pci_driver_register(&driver);
}

static void edu_exit(void)
{
	command_unregister(&command);
	pci_driver_unregister(&driver);
}

module_init(edu_init);
module_exit(edu_exit);
