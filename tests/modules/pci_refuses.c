/*
 * Two drivers that refuse the device for lessons, the second after it has given it back by itself,
 * and one that claims every bridge. `pci_refuses` tells how often they were asked.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <pci/pci.h>

MODULE_LICENSE("MIT");

PCI_CLAIM(edu, PCI_DEVICE(1234, 11E8));
PCI_CLAIM(bridge, PCI_CLASS(06, 04, 00));

static unsigned asked; /* [A] */

static int refuse(struct pci_driver *driver, struct pci_device *device)
{
	__atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
	return -ENODEV;
}

static int give_back_and_refuse(struct pci_driver *driver, struct pci_device *device)
{
	pci_release(driver, device);
	return refuse(driver, device);
}

static void remove(struct pci_driver *driver, struct pci_device *device)
{
}

static const struct pci_driver_operations refusing = {.probe = refuse, .remove = remove};
static const struct pci_driver_operations giving = {.probe = give_back_and_refuse,
						    .remove = remove};
static struct pci_driver drivers[] = {
    {.name = "refusing", .claims = {edu}, .operations = &refusing},
    {.name = "giving", .claims = {edu}, .operations = &giving},
    {.name = "wide", .claims = {bridge}, .operations = &refusing},
};

static int run(struct command_call *call)
{
	command_print(call, "%u\n", __atomic_load_n(&asked, __ATOMIC_RELAXED));
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "pci_refuses", .operations = &operations};

static int __init pci_refuses_init(void)
{
	int error = command_register(&command);

	for (unsigned i = 0; i < ARRAY_SIZE(drivers) && !error; i++)
		error = pci_driver_register(&drivers[i]);
	return error;
}

static void pci_refuses_exit(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++)
		pci_driver_unregister(&drivers[i]);
	command_unregister(&command);
}

module_init(pci_refuses_init);
module_exit(pci_refuses_exit);
