/*
 * Which driver has which device. The word ->driver says so: it is set under pci_lock by the thread
 * that then calls probe, and cleared under it when the device has been turned off. Two parties call
 * a driver: its own code in init and exit (pci_take, pci_taken), and the thread of pci through the
 * bus, for devices that come and go while the module is live. So at most one of them may call: a
 * module that is not live is not called through the bus.
 *
 * Of a driver whose module fails, the devices must write to no memory any more before any memory of
 * the module goes. That is done in the very stop in which it fails.
 */
#include <string.h>

#include <lib/touch.h>

#include <kernel/module.h>

#include "pci_internal.h"

#define CLAIM_FIELD "alias="

static struct pci_driver *driver_of(struct registration *registration)
{
	return container_of(registration, struct pci_driver, registration);
}

bool bind_claims(const struct pci_driver *driver, const struct pci_identity *identity)
{
	size_t field = strlen(CLAIM_FIELD);
	char alias[PCI_ALIAS_SIZE];

	claim_alias(identity, alias);
	for (unsigned i = 0; i < PCI_CLAIMS && driver->claims[i]; i++)
		if (claim_fits(driver->claims[i] + field, strlen(driver->claims[i]) - field, alias))
			return true;
	return false;
}

/* Bridges are pci's own. */
static bool is_free_locked(const struct pci_device *device, const struct pci_driver *driver)
{
	const struct registration *registration = &driver->registration;

	CHECK(spin_is_held(&pci_lock));
	return !device->driver && !device->gone && device->header != PCI_HEADER_BRIDGE &&
	       bind_claims(driver, &device->identity) &&
	       (device->refused != registration || device->refused_serial != registration->serial);
}

void bind_turn_off(struct pci_device *device)
{
	uint32_t command = pci_config_read(device, PCI_COMMAND, 2);

	pci_config_write(device, PCI_COMMAND, 2,
			 (command & ~PCI_COMMAND_MASTER) | PCI_COMMAND_NO_LINE);
}

/* Memory and ports are decoded; the line stays off until it is asked for. */
void bind_turn_on(struct pci_device *device)
{
	uint32_t command = pci_config_read(device, PCI_COMMAND, 2);

	device->data = NULL;
	pci_config_write(device, PCI_COMMAND, 2,
			 command | PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_NO_LINE);
}

void pci_master_enable(struct pci_device *device)
{
	uint32_t command = pci_config_read(device, PCI_COMMAND, 2);

	pci_config_write(device, PCI_COMMAND, 2, command | PCI_COMMAND_MASTER);
}
EXPORT_SYMBOL(pci_master_enable);

void pci_master_disable(struct pci_device *device)
{
	uint32_t command = pci_config_read(device, PCI_COMMAND, 2);

	pci_config_write(device, PCI_COMMAND, 2, command & ~PCI_COMMAND_MASTER);
}
EXPORT_SYMBOL(pci_master_disable);

/* What is handed over may be nowhere: it faults before the lock is taken. */
struct pci_device *pci_take(struct pci_driver *driver, uint64_t *after)
{
	struct pci_device *device, *found = NULL;

	touch(driver, sizeof(*driver));
	touch_to_write(after, sizeof(*after));
	spin_lock(&pci_lock);
	list_for_each(device, &pci_devices, all) {
		if (device->serial <= *after || !is_free_locked(device, driver))
			continue;
		found = device;
		found->driver = &driver->registration;
		*after = found->serial;
		break;
	}
	spin_unlock(&pci_lock);
	if (found)
		bind_turn_on(found);
	return found;
}
EXPORT_SYMBOL(pci_take);

struct pci_device *pci_taken(struct pci_driver *driver)
{
	struct pci_device *device, *found = NULL;

	spin_lock(&pci_lock);
	list_for_each(device, &pci_devices, all)
		if (device->driver == &driver->registration && !device->leaving)
			found = device;
	spin_unlock(&pci_lock);
	return found;
}
EXPORT_SYMBOL(pci_taken);

/* Of two parties that release it (a driver fails while its probe is given up) one does. */
static bool begin_release(const struct pci_driver *driver, struct pci_device *device)
{
	bool first;

	spin_lock(&pci_lock);
	first = device->driver == &driver->registration && !device->leaving;
	if (first)
		device->leaving = true;
	spin_unlock(&pci_lock);
	return first;
}

/* The device may be freed as soon as no driver has it. True: drivers are to be asked again. */
static bool release(const struct pci_driver *driver, struct pci_device *device)
{
	bool ask;

	if (!begin_release(driver, device))
		return false;
	bind_turn_off(device);
	interrupts_off(device);
	spin_lock(&pci_lock);
	device->refused = device->driver;
	device->refused_serial = device->driver->serial;
	device->driver = NULL;
	device->leaving = false;
	ask = !device->probing;
	spin_unlock(&pci_lock);
	return ask;
}

void pci_release(struct pci_driver *driver, struct pci_device *device)
{
	touch(driver, sizeof(*driver));
	touch_to_write(device, sizeof(*device));
	if (release(driver, device))
		pci_kick();
}
EXPORT_SYMBOL(pci_release);

static int entering(struct registration *registration)
{
	const struct pci_driver *driver = driver_of(registration);

	for (unsigned i = 0; i < PCI_CLAIMS && driver->claims[i]; i++)
		if (strncmp(driver->claims[i], CLAIM_FIELD, strlen(CLAIM_FIELD)) != 0)
			return registration_refuse(registration, -EINVAL,
						   "a claim is not in .modinfo: make it with "
						   "PCI_CLAIM(NAME, PCI_DEVICE(VENDOR, DEVICE))");
	if (!driver->claims[0])
		return registration_refuse(registration, -EINVAL,
					   "it claims no device: add .claims = {NAME}, with "
					   "PCI_CLAIM(NAME, PCI_DEVICE(VENDOR, DEVICE))");
	return 0;
}

/* The lock of the interface is held, or the machine is stopped: pci_lock is free then. */
static void changed(struct registration *registration, bool callable)
{
	struct pci_device *device;

	spin_lock(&pci_lock);
	if (registration->owner->state == MODULE_FAILED)
		list_for_each(device, &pci_devices, all)
			if (device->driver == registration)
				bind_turn_off(device);
	spin_unlock(&pci_lock);
	if (callable)
		pci_kick();
}

/* What its driver has not given back: its exit forgot it, or it has failed. */
static void left(struct registration *registration)
{
	struct pci_driver *driver = driver_of(registration);
	struct pci_device *device;

	while ((device = pci_taken(driver)) != NULL)
		pci_release(driver, device);
}

struct interface pci_driver_interface = {
    .name = "pci_driver",
    INTERFACE_OPERATIONS("probe", "remove"),
    .required = 3,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    INTERFACE_ENTRY(pci_driver),
    .texts = {ENTRY_TEXT(pci_driver, claims[0]), ENTRY_TEXT(pci_driver, claims[1]),
	      ENTRY_TEXT(pci_driver, claims[2]), ENTRY_TEXT(pci_driver, claims[3])},
    .entering = entering,
    .changed = changed,
    .left = left,
};
EXPORT_SYMBOL(pci_driver_interface);

/*
 * Begins a probe by the first driver behind the one of the number *@after that claims the device
 * and may be called; -ENOENT: there is none. The device is the driver's from here.
 */
static int begin_probe(struct call *call, struct pci_device *device, uint64_t *after)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&pci_driver_interface.lock);
	list_for_each(registration, &pci_driver_interface.registrations, in_interface) {
		bool free;

		if (registration->serial <= *after || !registration_callable(registration))
			continue;
		spin_lock(&pci_lock);
		free = is_free_locked(device, driver_of(registration));
		if (free)
			error = call_begin_locked(call, registration, OPERATION(pci_driver, probe));
		if (free && !error) {
			device->driver = registration;
			*after = registration->serial;
		}
		spin_unlock(&pci_lock);
		if (free && !error)
			break;
		error = -ENOENT;
	}
	spin_unlock(&pci_driver_interface.lock);
	return error;
}

static void set_probing(struct pci_device *device, bool probing)
{
	spin_lock(&pci_lock);
	device->probing = probing;
	spin_unlock(&pci_lock);
}

/* Each driver is asked once: of two that refuse a device neither is asked again for the other's
 * sake. */
static void bind_one(struct pci_device *device)
{
	uint64_t after = 0;
	struct call call;
	int error = -ENOENT;

	set_probing(device, true);
	while (error && begin_probe(&call, device, &after) == 0) {
		bind_turn_on(device);
		error = (int)call_through(&call, driver_of(call.registration), device);
		if (error && !call.cut)
			release(driver_of(call.registration), device);
		call_end(&call);
	}
	set_probing(device, false);
}

void bind_all(void)
{
	struct pci_device *device;

	list_for_each(device, &pci_devices, all)
		bind_one(device);
}

/* A driver that may not be called is on its way out, and takes the device back itself. */
static int begin_remove(struct call *call, struct pci_device *device)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&pci_driver_interface.lock);
	spin_lock(&pci_lock);
	registration = device->gone ? device->driver : NULL;
	if (registration && registration_callable(registration))
		error = call_begin_locked(call, registration, OPERATION(pci_driver, remove));
	spin_unlock(&pci_lock);
	spin_unlock(&pci_driver_interface.lock);
	return error;
}

void bind_removed(void)
{
	struct pci_device *device;
	struct call call;

	list_for_each(device, &pci_devices, all) {
		if (begin_remove(&call, device) != 0)
			continue;
		call_through(&call, driver_of(call.registration), device);
		if (!call.cut)
			pci_release(driver_of(call.registration), device);
		call_end(&call);
	}
}

const struct pci_identity *pci_identity(const struct pci_device *device)
{
	return &device->identity;
}
EXPORT_SYMBOL(pci_identity);

const char *pci_device_name(const struct pci_device *device)
{
	return device->name;
}
EXPORT_SYMBOL(pci_device_name);

void pci_set_data(struct pci_device *device, void *data)
{
	device->data = data;
}
EXPORT_SYMBOL(pci_set_data);

void *pci_data(const struct pci_device *device)
{
	return device->data;
}
EXPORT_SYMBOL(pci_data);

bool pci_is_gone(const struct pci_device *device)
{
	return READ_ONCE(device->gone);
}
EXPORT_SYMBOL(pci_is_gone);
