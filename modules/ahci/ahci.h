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
	bool broken;		/* [L] no command is given, no answer taken */
	uint32_t issued;	/* [L] slots that the controller has */
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
/* From here on it takes commands, with what is issued forgotten; -EIO. Context: thread. */
int port_begin(struct port *port);
void port_allow_interrupts(struct port *port); /* after that, until it is stopped */
/* It reads and writes no memory when it returns 0. Context: thread. */
int port_stop(struct port *port);
bool port_has_device(struct port *port);
bool port_is_optical(struct port *port);
void port_issue(struct port *port, unsigned slot); /* any context but nmi */
/* Answers that have come; false: the port has not interrupted. Context: irq. */
bool port_look(struct port *port);
/* One command without the rest, polled, before the disk is there: 0 or -EIO. Context: thread. */
int port_execute(struct port *port);

/* disk.c */
/* What it is, into ->blkdev; -ENODEV: no disk, or none that is used here. */
int disk_identify(struct port *port);
int disk_submit(struct blkdev *blkdev, struct block_request *request);
int disk_reset(struct blkdev *blkdev);
/* After an error: that request ends, the others are begun again. */
void disk_recover(struct port *port);
void disk_finish(struct port *port, unsigned slot, int error);
