#pragma once

#include <kernel/irq.h>
#include <kernel/mutex.h>
#include <kernel/work.h>

#include <block/slots.h>
#include <pci/pci.h>

/*
 * What the files of ahci know of each other. Source: Serial ATA AHCI 1.3.1; numbers in comments are
 * its sections. A controller has up to 32 ports, and each port with a device is a disk.
 */
#define PORTS 32u
#define SLOTS 32u
#define SECTORS_MAX 2048u

struct command_header { /* 4.2.2 */
	uint16_t flags, part_count;
	uint32_t transferred; /* written by the controller */
	uint64_t table;
	uint32_t reserved[4];
};

struct command_part { /* 4.2.3.3 */
	uint64_t physical;
	uint32_t reserved, last; /* the number of bytes, less one */
};

struct command_table { /* 4.2.3; a multiple of 128 bytes */
	uint8_t fis[64], packet[16], reserved[48];
	struct command_part parts[BLOCK_PARTS + 8];
};

/* What a port is told and writes, of which the controller knows the addresses. */
struct port_memory {
	struct command_header headers[SLOTS];
	uint8_t received[256];
	uint8_t reserved[2816]; /* to the end of the page */
	struct command_table tables[SLOTS];
};

struct port {
	struct blkdev blkdev;
	char name[8];
	unsigned number; /* of the name; NAMES: it has none */
	bool optical;	 /* [I] a CD: commands are packets */
	bool dead;	 /* [I] after probe: it has become no disk */
	struct controller *controller;
	unsigned index;
	volatile uint8_t *registers;
	struct io_buffer *buffer; /* [I] of ->memory */
	struct port_memory *memory;
	struct work recovery;	/* of an error that stops the port */
	struct mutex resetting; /* one at a time */
	bool removed;		/* [L] of resetting */
	struct spinlock lock;	/* taken by interrupts */
	bool held;		/* [L] no command is given to the controller, no answer taken */
	bool closed;		/* [L] only ever set: it takes no command */
	uint32_t issued;	/* [L] slots that the port has: the controller's unless ->held */
	uint32_t failed;	/* [L] an error has stopped the port: its interrupt status */
	struct block_slots slots;
};
#define NAMES 26u

struct controller {
	struct pci_device *pci;
	volatile uint8_t *registers;
	struct irq_handler handler;
	unsigned slot_count;
	struct port *ports[PORTS]; /* [I] after probe; NULL: no disk */
};

static inline uint32_t register_read(volatile uint8_t *registers, unsigned offset)
{
	return *(volatile uint32_t *)(registers + offset);
}

static inline void register_write(volatile uint8_t *registers, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(registers + offset) = value;
}

/* port.c: a port's registers, and commands that come and go. */
/*
 * port_stop: holds it, and it reads and writes no memory when it returns 0; with @forget the device
 * forgets what it was given, too. port_start, of one that is stopped: commands can be given; -EIO.
 * port_run, after that: it interrupts, and begins what has been issued. Context: thread.
 */
int port_stop(struct port *port, bool forget);
int port_start(struct port *port);
void port_run(struct port *port);
bool port_has_device(struct port *port);
bool port_is_optical(struct port *port);
/* The slot is the port's, which begins it when it runs. False: the port is closed, and the slot the
 * caller's. Any context but nmi. */
bool port_issue(struct port *port, unsigned slot);
/* Of @slots those that the port has: they are the caller's. port_close: all of them, for good. The
 * port is stopped, or kept from memory. Any context but nmi. */
uint32_t port_take(struct port *port, uint32_t slots);
uint32_t port_close(struct port *port);
/* Acknowledges what the port has interrupted for; answers that have come. Context: irq. */
void port_look(struct port *port);
unsigned port_current(struct port *port); /* the slot that it is in, 3.3.7 */
/* One command without the rest, polled, before the disk is there: 0 or -EIO. Context: thread. */
int port_execute(struct port *port);

/* disk.c */
/* What it is, into ->blkdev; -ENODEV: no disk, or none that is used here. */
int disk_identify(struct port *port);
int disk_submit(struct blkdev *blkdev, struct block_request *request);
int disk_reset(struct blkdev *blkdev);
/* After an error: that request ends, the others are begun again. */
void disk_recover(struct port *port);
/* Ends the requests of @slots, which are the caller's. Any context but nmi. */
void disk_finish(struct port *port, uint32_t slots, int error);
