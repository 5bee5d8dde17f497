/* Drivers that claim nothing, or by a text that is not in .modinfo; `what` says which. */
#include <string.h>

#include <kernel/module.h>
#include <pci/pci.h>

MODULE_LICENSE("MIT");

static char *what = "";
module_param(what, charp, 0444);

static int probe(struct pci_driver *driver, struct pci_device *device)
{
	return -ENODEV;
}

static void remove(struct pci_driver *driver, struct pci_device *device)
{
}

static const struct pci_driver_operations operations = {.probe = probe, .remove = remove};
static struct pci_driver none = {.name = "none", .operations = &operations};
static struct pci_driver by_hand = {
    .name = "by_hand", .claims = {"pci:v*"}, .operations = &operations};
static struct pci_driver wild = {
    .name = "wild", .claims = {(const char *)0x10}, .operations = &operations};

static int __init claims_init(void)
{
	if (strcmp(what, "none") == 0)
		return pci_driver_register(&none);
	if (strcmp(what, "wild") == 0)
		return pci_driver_register(&wild);
	return pci_driver_register(&by_hand);
}

static void claims_exit(void)
{
}

module_init(claims_init);
module_exit(claims_exit);
