#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/bus.h>
#include <kernel/io.h>

/*
 * PCI devices and their drivers, of the module `pci`. A driver says in its file which devices it
 * claims; it gets each of them with `probe` and has it until `remove` has returned. Meanwhile the
 * functions here that take a device may be called, by the driver's own code. A device may be pulled
 * out at any time: what is read of it is then all ones, and `remove` comes soon. A module that
 * includes this depends on `pci`: its build says NAME-depends := pci. docs/devices.md has the idea.
 * Context: thread, unless said otherwise. Source: PCI Local Bus Specification 3.0, chapter 6.
 */
struct pci_device;
struct pci_driver;

/*
 * What a driver claims stands in .modinfo, in the form of Linux's aliases, and nowhere else:
 *   PCI_CLAIM(claim_disk, PCI_DEVICE(1AF4, 1042));
 *   static struct pci_driver driver = {..., .claims = {claim_disk}};
 * Numbers are hexadecimal, upper case, without 0x.
 */
#define PCI_DEVICE(vendor, device) "pci:v0000" #vendor "d0000" #device "sv*sd*bc*sc*i*"
#define PCI_CLASS(base, sub, interface) "pci:v*d*sv*sd*bc" #base "sc" #sub "i" #interface
#define PCI_CLAIM(name, pattern)                                                                   \
	static const char name[] __attribute__((section(".modinfo"), used, aligned(1))) =          \
	    "alias=" pattern
#define PCI_CLAIMS 4

/*
 * Interface `pci_driver`. probe: 0, and the device is the driver's; or a negative errno, and it is
 * not (-ENODEV: not mine after all). remove: the driver ends all that it does with the device,
 * which may be gone already. Both are called in init and exit too, by the driver's own thread
 * (pci_driver_register, pci_driver_unregister), and by a thread of pci for devices that come and
 * go. One device is in one call at a time, several devices may be in calls at once.
 */
struct pci_driver_operations {
	int (*probe)(struct pci_driver *driver, struct pci_device *device);
	void (*remove)(struct pci_driver *driver, struct pci_device *device);
};

struct pci_driver {
	const char *name;
	const char *claims[PCI_CLAIMS]; /* [I] of PCI_CLAIM; NULL: no more */
	const struct pci_driver_operations *operations;
	struct registration registration;
};

extern struct interface pci_driver_interface;

/* The halves of the two below. The next device that @driver claims and that no driver has, behind
 * the one of the number *@after (0: of all), is the caller's to probe; the next that it has the
 * caller's to remove; NULL: there is none left. */
struct pci_device *pci_take(struct pci_driver *driver, uint64_t *after);
struct pci_device *pci_taken(struct pci_driver *driver);
/* The device is no driver's any more: it is turned off, and what it has of pci ends. Nothing when
 * @driver does not have it (any more). */
void pci_release(struct pci_driver *driver, struct pci_device *device);

static inline void pci_probe_all(struct pci_driver *driver)
{
	struct pci_device *device;
	uint64_t after = 0;

	while ((device = pci_take(driver, &after)) != NULL)
		if (driver->operations->probe(driver, device) != 0) /* bare: the caller's own */
			pci_release(driver, device);
}

static inline void pci_remove_all(struct pci_driver *driver)
{
	struct pci_device *device;

	while ((device = pci_taken(driver)) != NULL) {
		driver->operations->remove(driver, device); /* bare: the caller's own */
		pci_release(driver, device);
	}
}

/* When it returns every device that is there and claimed has been probed; a device that is not
 * taken is no error. In init, and unregister in exit, by the module itself. */
#define pci_driver_register(entry)                                                                 \
	({                                                                                         \
		int error_ = REGISTRATION_ENTER(register, pci_driver, &pci_driver_interface,       \
						entry, THIS_MODULE);                               \
		if (!error_)                                                                       \
			pci_probe_all(entry);                                                      \
		error_;                                                                            \
	})
#define pci_driver_unregister(entry)                                                               \
	({                                                                                         \
		pci_remove_all(entry);                                                             \
		REGISTRATION_LEAVE(pci_driver, entry);                                             \
	})

struct pci_identity {
	uint8_t bus, slot, function;
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint8_t base_class, sub_class, interface, revision;
};
/* Context: any. */
const struct pci_identity *pci_identity(const struct pci_device *device);
/* "00:1f.2", for the log; lives as long as the driver has the device. Context: any. */
const char *pci_device_name(const struct pci_device *device);
/* A word of the driver's own at the device; NULL after probe has begun. Context: any. */
void pci_set_data(struct pci_device *device, void *data);
void *pci_data(const struct pci_device *device);
/* It has been pulled out, or has never answered since. Context: any. */
bool pci_is_gone(const struct pci_device *device);

/*
 * Configuration space: @bytes 1, 2 or 4, @offset a multiple of it. What is not there is read as all
 * ones, and written in vain. Context: any.
 */
uint32_t pci_config_read(const struct pci_device *device, unsigned offset, unsigned bytes);
void pci_config_write(const struct pci_device *device, unsigned offset, unsigned bytes,
		      uint32_t value);
/* The offset of the first capability @id behind the one at @after (0: of all); 0: there is none. */
unsigned pci_capability(const struct pci_device *device, uint8_t id, unsigned after);

/* Bytes of a memory BAR that has an address; 0: it is no such BAR. Context: any. */
uint64_t pci_bar_size(const struct pci_device *device, unsigned bar);
/* Maps @size bytes from @offset on, uncached, booked to the driver, which unmaps it with io_unmap.
 * NULL: the BAR has no such bytes (a line in the log), or memory is short. */
#define pci_map(device, bar, offset, size) pci_map_at(device, bar, offset, size, THIS_MODULE, HERE)
void *pci_map_at(struct pci_device *device, unsigned bar, uint64_t offset, uint64_t size,
		 struct module *owner, const struct source_location *place);

/* The device may read and write memory by itself from here on; pci_release ends that, and so does
 * the stop in which the driver's module fails: before any memory of its goes. */
void pci_master_enable(struct pci_device *device);
void pci_master_disable(struct pci_device *device); /* before that: it does not answer */

/*
 * Interrupts: up to @wanted of its own by MSI-X, else one by MSI, else the line that it shares. How
 * many; -ENODEV: it has none; -ENOSPC: all lines are in use; -ENOMEM; -EBUSY: it has them already.
 * The driver registers a handler for each with irq_register, on line pci_interrupt_line(device,
 * INDEX), whose CPUs are others in turn. pci_interrupts_give after the handlers are gone.
 */
#define PCI_INTERRUPTS 16u
int pci_interrupts_take(struct pci_device *device, unsigned wanted);
/* How many of them are by MSI-X, which the device chooses among; 0: it has no choice. */
unsigned pci_interrupt_messages(const struct pci_device *device);
unsigned pci_interrupt_line(const struct pci_device *device, unsigned index);
void pci_interrupts_give(struct pci_device *device);
