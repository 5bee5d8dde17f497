#pragma once

#include <lib/list.h>

#include <kernel/command.h>

#include <pci/pci.h>

/* What the files of pci know of each other. */

#define PCI_BUSES 256u
#define PCI_SLOTS 32u
#define PCI_FUNCTIONS 8u
#define PCI_BARS 6u
#define PCI_NOTHING 0xffffffffu /* what an absent function is read as */

/* Offsets in configuration space (PCI 3.0, 6.1; PCI-to-PCI Bridge 1.2, 3.2). */
#define PCI_VENDOR 0x00
#define PCI_COMMAND 0x04
#define PCI_COMMAND_IO 0x1u
#define PCI_COMMAND_MEMORY 0x2u
#define PCI_COMMAND_MASTER 0x4u
#define PCI_COMMAND_NO_LINE 0x400u
#define PCI_STATUS 0x06
#define PCI_STATUS_CAPABILITIES 0x10u
#define PCI_REVISION 0x08
#define PCI_HEADER 0x0e
#define PCI_HEADER_MANY 0x80u
#define PCI_HEADER_BRIDGE 1u
#define PCI_BAR 0x10
#define PCI_SECONDARY 0x19
#define PCI_SUBORDINATE 0x1a
#define PCI_SUBSYSTEM 0x2c
#define PCI_CAPABILITIES 0x34
#define PCI_LINE 0x3c
#define PCI_PIN 0x3d

#define PCI_ID_MSI 0x05
#define PCI_ID_EXPRESS 0x10
#define PCI_ID_MSIX 0x11

struct pci_bar {
	uint64_t address, size; /* size 0: there is none; address 0: it has been given none */
	bool ports, wide, prefetchable;
};

enum pci_interrupt_kind {
	PCI_INTERRUPT_NONE,
	PCI_INTERRUPT_LINE,
	PCI_INTERRUPT_MSI,
	PCI_INTERRUPT_MSIX,
};

/*
 * A function that has been found. L: pci_lock. D: of the party that has it: the driver's own code
 * between pci_take and pci_release, else the thread of pci.
 */
struct pci_device {
	struct list_node all;		/* [L] oldest first */
	uint64_t serial;		/* [I] later is higher */
	struct pci_identity identity;	/* [I] */
	char name[8];			/* [I] */
	uint8_t header;			/* [I] without PCI_HEADER_MANY */
	struct pci_device *parent;	/* [I] the bridge; NULL: on a root bus */
	struct pci_bar bars[PCI_BARS];	/* [I] once it is in the list */
	struct registration *driver;	/* [L] NULL: no driver has it */
	bool leaving;			/* [L] a party is taking it from its driver */
	bool probing;			/* [L] the thread of pci asks drivers, one by one */
	struct registration *refused;	/* [L] the last driver whose probe said no */
	uint64_t refused_serial;	/* [L] of that */
	void *data;			/* [D] */
	bool gone;			/* [A] only ever set */
	bool looked_up;			/* of the thread of pci: its driver has been looked for */
	enum pci_interrupt_kind kind;	/* [D] */
	unsigned interrupt_count;	/* [D] */
	unsigned lines[PCI_INTERRUPTS]; /* [D] */
	volatile uint32_t *table;	/* [D] MSI-X: the driver's module does not see it */
};

extern struct spinlock pci_lock;
extern struct list_node pci_devices; /* [L] */

/* access.c: configuration space by address; context: any. */
void access_init(void);
void access_exit(void);
uint32_t access_read(const struct pci_identity *at, unsigned offset, unsigned bytes);
void access_write(const struct pci_identity *at, unsigned offset, unsigned bytes, uint32_t value);
/* Makes the extended space of a bus readable where the machine has it; without, 256 bytes are. */
void access_add_bus(unsigned bus);

/* scan.c */
/* Looks for functions on @bus, behind @parent, that are not known yet; buses behind them too. */
void scan_bus(unsigned bus, struct pci_device *parent);
/* Marks as gone what is on @bus and behind it. */
void scan_bus_gone(unsigned bus);
/* Frees what is gone and no driver has; all of it when @all. */
void scan_free(bool all);

/* bar.c */
void bars_measure(struct pci_device *device);
/* Gives addresses to BARs without one, out of the bridge's windows. */
void bars_assign(struct pci_device *device);

/* interrupt.c */
void interrupts_off(struct pci_device *device);

/* claim.c: pure. */
#define PCI_ALIAS_SIZE 64
void claim_alias(const struct pci_identity *identity, char alias[PCI_ALIAS_SIZE]);
/* Does @text fit @pattern, in which `*` is any text and `?` any character? */
bool claim_fits(const char *pattern, size_t pattern_length, const char *text);

/* bind.c */
bool bind_claims(const struct pci_driver *driver, const struct pci_identity *identity);
void bind_turn_on(struct pci_device *device);
void bind_turn_off(struct pci_device *device); /* any context */
void bind_all(void);	 /* gives devices without a driver to those that claim them */
void bind_removed(void); /* takes gone devices from their drivers */

/* slot.c: hot plug of PCI Express. */
void slots_add(struct pci_device *bridge);
void slots_look(void);	 /* does what the slots' interrupts have asked for */
void slots_forget(void); /* those of bridges that are gone */
void slots_exit(void);

/* automatic.c: drivers that are loaded because a device is there. */
void automatic_init(void);
void automatic_load(void);
int automatic_run(struct command_call *call);

/* lspci.c */
int lspci_run(struct command_call *call);

/* pci.c */
void pci_kick(void);	      /* the thread of pci looks at everything again; any context but nmi */
void pci_kick_and_wait(void); /* until it has; context: thread */
