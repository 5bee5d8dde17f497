#pragma once

#include <kernel/irq.h>
#include <kernel/mutex.h>
#include <kernel/work.h>

#include <block/slots.h>
#include <pci/pci.h>

/*
 * What the files of nvme know of each other. Source: NVM Express Base Specification 1.4; numbers in
 * comments are its sections.
 */
#define ENTRIES 128u	    /* of a queue; more than there are slots */
#define COMMAND_SIZE 64u    /* 4.2 */
#define COMPLETION_SIZE 16u /* 4.6 */
#define PRP_PAGES 257u	    /* of the longest request, wherever it begins */
#define SECTORS_MAX 2048u
#define QUEUE_ADMIN 0u
#define QUEUE_IO 1u
#define QUEUES 2u

struct command {
	uint8_t opcode, flags;
	uint16_t id;
	uint32_t namespace;
	uint64_t reserved, metadata;
	uint64_t prp1, prp2; /* 4.3 */
	uint32_t words[6];   /* from dword 10 on */
};

struct completion_entry {
	uint32_t result, reserved;
	uint16_t head, queue, id;
	uint16_t status; /* bit 0: the phase */
};

struct queue {
	unsigned index;
	struct io_buffer *memory;		  /* [I] of both rings */
	struct command *commands;		  /* [I] */
	volatile struct completion_entry *done;	  /* [I] */
	volatile uint32_t *tail_bell, *head_bell; /* [I] */
	uint32_t tail, head;			  /* [L] of the controller */
	bool phase;				  /* [L] of entries that are new */
};

struct controller {
	struct blkdev blkdev;
	char name[16];
	unsigned number;
	struct pci_device *pci;
	volatile uint8_t *registers;
	uint64_t capabilities;
	struct irq_handler handler;
	struct work recovery;	/* of rings that make no sense */
	struct mutex resetting; /* one at a time */
	bool removed;		/* [L] of resetting: it is gone, or a reset has failed */
	struct spinlock lock;	/* of the rings; taken by interrupts */
	bool broken;		/* [L] no command is given, no answer taken */
	uint64_t given;		/* [L] slots whose command the controller has */
	struct queue queues[QUEUES];
	struct block_slots slots;
	struct io_buffer *lists; /* [I] a page of addresses for each slot */
	struct io_buffer *page;	 /* of the command that asks what there is */
	struct wait_queue admin_queue;
	uint32_t admin_status; /* [A] ADMIN_WAITS until it is done */
	uint32_t block_shift;
	bool cache;
};
#define ADMIN_WAITS 0xffffffffu

/* controller.c: registers and administration; context: thread. */
int controller_map(struct controller *controller);
/* When it returns the controller reads and writes no memory: it is off, or kept from memory. */
void controller_turn_off(struct controller *controller);
int controller_begin(struct controller *controller);	/* from off to both queues being served */
int controller_identify(struct controller *controller); /* what it is, into ->blkdev */

/* queue.c: rings; context: any but nmi. */
int queues_make(struct controller *controller);
void queues_free(struct controller *controller);
void queues_clear(struct controller *controller);
/* False: the controller is broken, and the command and its slot are the caller's. */
bool queue_put(struct controller *controller, unsigned index, const struct command *command);
/* Answers that have come, each to what waits for it. False: there were none. */
bool queues_look(struct controller *controller);
bool controller_is_broken(struct controller *controller);
void controller_break(struct controller *controller);
/* The controller is broken and off: the slots that it had, a bit each, are the caller's. */
uint64_t queues_take_given(struct controller *controller);

/* disk.c */
int disk_submit(struct blkdev *blkdev, struct block_request *request);
int disk_reset(struct blkdev *blkdev);
void disk_recover(struct controller *controller);
int disk_result(uint16_t status);
