/*
 * Requests as ATA commands, and as packets for a CD. Sources: AHCI 1.3.1, 4.2.3 (the table of a
 * command); ATA/ATAPI Command Set 3, 7; Serial ATA 3.1, 10.3.4 (the FIS); MMC-6, 6.22 (READ 10),
 * SBC-3, 5.15 (READ CAPACITY 10).
 */
#include "ahci.h"

#include <string.h>

#include <lib/bytes.h>

#include <kernel/module.h>

#define FIS_TO_DEVICE 0x27
#define FIS_COMMAND 0x80
#define FIS_SIZE 5u /* words */
#define HEADER_PACKET 0x20u
#define HEADER_WRITE 0x40u
#define DEVICE_LBA 0x40

#define READ_LONG 0x25 /* by DMA, 48 bits of address */
#define WRITE_LONG 0x35
#define FLUSH_LONG 0xea
#define IDENTIFY 0xec
#define IDENTIFY_PACKET 0xa1
#define PACKET 0xa0
#define PACKET_DMA 1u
#define READ_10 0x28
#define READ_CAPACITY 0x25
#define CD_BLOCK 2048u
#define CD_TRIES 5 /* the first command after a change of the medium says no more than that */
#define IDENTITY_SIZE 512u

/* Words of identification: 7.12.7 of the command set. */
#define WORD_SETS 83
#define SETS_LONG 0x0400u
#define WORD_CACHE 85
#define CACHE_ON 0x0020u
#define WORD_SECTORS 100
#define WORD_SECTOR_KIND 106
#define KIND_LARGE 0xd000u /* the word is valid, and sectors have another size than 512 */
#define KIND_LARGE_IS 0x5000u

static struct command_table *table_of(const struct port *port, unsigned slot)
{
	return &port->memory->tables[slot];
}

/* The header and an empty FIS; the parts are the caller's. */
static void write_header(struct port *port, unsigned slot, uint8_t command, unsigned flags,
			 unsigned part_count)
{
	struct command_table *table = table_of(port, slot);

	memset(table->fis, 0, sizeof(table->fis) + sizeof(table->packet));
	table->fis[0] = FIS_TO_DEVICE;
	table->fis[1] = FIS_COMMAND;
	table->fis[2] = command;
	port->memory->headers[slot] = (struct command_header){
	    .flags = (uint16_t)(flags | FIS_SIZE),
	    .part_count = (uint16_t)part_count,
	    .table =
		io_buffer_physical(port->buffer) + (uint64_t)((char *)table - (char *)port->memory),
	};
}

static void write_address(uint8_t *fis, uint64_t first, uint64_t count)
{
	for (unsigned i = 0; i < 3; i++) {
		fis[4 + i] = (uint8_t)(first >> 8 * i);
		fis[8 + i] = (uint8_t)(first >> (24 + 8 * i));
	}
	fis[7] = DEVICE_LBA;
	fis[12] = (uint8_t)count;
	fis[13] = (uint8_t)(count >> 8);
}

static void write_packet(struct command_table *table, uint8_t opcode, uint64_t first,
			 uint64_t count)
{
	table->fis[3] = PACKET_DMA;
	table->packet[0] = opcode;
	for (unsigned i = 0; i < 4; i++)
		table->packet[2 + i] = (uint8_t)(first >> (24 - 8 * i));
	table->packet[7] = (uint8_t)(count >> 8);
	table->packet[8] = (uint8_t)count;
}

static void write_parts(struct command_table *table, const struct block_request *request)
{
	for (unsigned i = 0; i < request->part_count; i++)
		table->parts[i] = (struct command_part){
		    .physical =
			io_buffer_physical(request->parts[i].buffer) + request->parts[i].offset,
		    .last = request->parts[i].length - 1,
		};
}

static void write_command(struct port *port, unsigned slot, const struct block_request *request)
{
	struct command_table *table = table_of(port, slot);
	bool writes = request->operation == BLOCK_WRITE;

	if (request->operation == BLOCK_FLUSH) {
		write_header(port, slot, FLUSH_LONG, 0, 0);
		table->fis[7] = DEVICE_LBA;
		return;
	}
	if (port->optical) {
		write_header(port, slot, PACKET, HEADER_PACKET, request->part_count);
		write_packet(table, READ_10, request->first / (CD_BLOCK / BLOCK_SECTOR),
			     request->count / (CD_BLOCK / BLOCK_SECTOR));
	} else {
		write_header(port, slot, writes ? WRITE_LONG : READ_LONG, writes ? HEADER_WRITE : 0,
			     request->part_count);
		write_address(table->fis, request->first, request->count);
	}
	write_parts(table, request);
}

int disk_submit(struct blkdev *blkdev, struct block_request *request)
{
	struct port *port = container_of(blkdev, struct port, blkdev);
	unsigned slot = block_slot_take(&port->slots, request);

	if (slot == BLOCK_SLOTS)
		return -EAGAIN;
	write_command(port, slot, request);
	if (port_issue(port, slot))
		return 0;
	block_slot_give(&port->slots, slot);
	return -EIO;
}

/* What has been transferred is the controller's word for it. */
static void finish_one(struct port *port, unsigned slot, int error)
{
	struct block_request *request = block_slot_look(&port->slots, slot);
	uint32_t transferred = READ_ONCE(port->memory->headers[slot].transferred);

	if (!error && request->operation == BLOCK_READ &&
	    transferred < request->count * BLOCK_SECTOR)
		error = -EIO;
	block_slot_give(&port->slots, slot);
	block_complete(&port->blkdev, request, error);
}

void disk_finish(struct port *port, uint32_t slots, int error)
{
	for (unsigned slot = 0; slots; slot++, slots >>= 1)
		if (slots & 1u)
			finish_one(port, slot, error);
}

/*
 * Ends those of @ended that it has; the others are begun again. With @forget the device may be in
 * one of them; after an error it has stopped, and has none (6.2.2.1). A port that does not stop and
 * start is kept from memory, and so is the rest of its controller.
 */
static int restart(struct port *port, uint32_t ended, bool forget)
{
	int error = port_stop(port, forget);

	if (!error) {
		disk_finish(port, port_take(port, ended), -EIO);
		error = port_start(port);
	}
	if (error) {
		pci_master_disable(port->controller->pci);
		disk_finish(port, port_close(port), -EIO);
		return error;
	}
	port_run(port);
	return 0;
}

void disk_recover(struct port *port)
{
	mutex_lock(&port->resetting);
	if (!port->removed && READ_ONCE(port->failed))
		restart(port, 1u << port_current(port), false);
	mutex_unlock(&port->resetting);
}

int disk_reset(struct blkdev *blkdev)
{
	struct port *port = container_of(blkdev, struct port, blkdev);
	int error = -EIO;

	mutex_lock(&port->resetting);
	if (!port->removed) {
		error = restart(port, UINT32_MAX, true);
		printk(KERN_WARNING "ahci: %s: reset: %s\n", port->name,
		       error ? errno_text(error) : "it answers again");
	}
	mutex_unlock(&port->resetting);
	return error;
}

/* Reads @size bytes by the command in slot 0 into the page behind the tables of the port. */
static int execute(struct port *port, struct io_buffer *page, uint32_t size)
{
	table_of(port, 0)->parts[0] =
	    (struct command_part){.physical = io_buffer_physical(page), .last = size - 1};
	memset(io_buffer_memory(page), 0, IO_PAGE);
	return port_execute(port);
}

static int identify_disk(struct port *port, struct io_buffer *page)
{
	const uint8_t *words = io_buffer_memory(page);
	int error;

	write_header(port, 0, IDENTIFY, 0, 1);
	error = execute(port, page, IDENTITY_SIZE);
	if (error)
		return error;
	if (!(load_u16(words + 2 * WORD_SETS) & SETS_LONG) ||
	    (load_u16(words + 2 * WORD_SECTOR_KIND) & KIND_LARGE) == KIND_LARGE_IS)
		return -ENODEV; /* short addresses, or sectors of another size */
	port->blkdev.sectors = load_u64(words + 2 * WORD_SECTORS);
	port->blkdev.block_size = BLOCK_SECTOR;
	if (load_u16(words + 2 * WORD_CACHE) & CACHE_ON)
		port->blkdev.flags |= BLKDEV_FLUSH;
	return 0;
}

/* The last block and the size of one, both with the highest byte first. */
static int identify_medium(struct port *port, struct io_buffer *page)
{
	const uint8_t *bytes = io_buffer_memory(page);
	int error = -EIO;

	for (unsigned i = 0; i < CD_TRIES && error == -EIO; i++) {
		write_header(port, 0, PACKET, HEADER_PACKET, 1);
		write_packet(table_of(port, 0), READ_CAPACITY, 0, 0);
		error = execute(port, page, 8);
	}
	if (error)
		return error;
	if (__builtin_bswap32(load_u32(bytes + 4)) != CD_BLOCK)
		return -ENODEV;
	port->blkdev.sectors =
	    ((uint64_t)__builtin_bswap32(load_u32(bytes)) + 1) * (CD_BLOCK / BLOCK_SECTOR);
	port->blkdev.block_size = CD_BLOCK;
	port->blkdev.flags |= BLKDEV_READ_ONLY;
	return 0;
}

int disk_identify(struct port *port)
{
	struct io_buffer *page = io_buffer_take(IO_PAGE);
	int error;

	if (!page)
		return -ENOMEM;
	error = port->optical ? identify_medium(port, page) : identify_disk(port, page);
	port->blkdev.parts_max = BLOCK_PARTS;
	port->blkdev.sectors_max = SECTORS_MAX;
	io_buffer_give(page);
	return error;
}
