/*
 * Ports: started, stopped, told of commands. The rule: ->issued says which slots the port has, from
 * port_issue until the party that takes them out of it, the interrupt's handler or a thread that
 * has stopped the port; before that a slot is the submitting thread's, and no reset ends its
 * request. A slot that is in it and that the controller has no more is done. What a port has
 * received is not read. A port interrupts only while the handler knows it and can quiet it: else
 * the controller interrupts without end. Source: AHCI 1.3.1, 3.3 (registers), 5.5, 6.2 (errors),
 * 10.1.
 */
#include <string.h>

#include <kernel/module.h>
#include <kernel/time.h>

#include "ahci.h"

#define LIST_ADDRESS 0x00
#define RECEIVED_ADDRESS 0x08
#define INTERRUPT_STATUS 0x10
#define INTERRUPT_ENABLE 0x14
#define COMMAND 0x18
#define TASK_FILE 0x20
#define SIGNATURE 0x24
#define LINK_STATUS 0x28
#define LINK_CONTROL 0x2c
#define LINK_CONTROL_RESET 0x1u
#define LINK_CONTROL_ACTION 0xfu
#define LINK_ERRORS 0x30
#define ISSUED 0x38

#define COMMAND_START 0x1u
#define COMMAND_SPIN_UP 0x2u
#define COMMAND_CURRENT 8 /* five bits from there on: the slot that the port is in */
#define COMMAND_RECEIVE 0x10u
#define COMMAND_RECEIVING 0x4000u
#define COMMAND_RUNNING 0x8000u
#define TASK_BUSY 0x88u
#define TASK_ERROR 0x01u
#define LINK_UP 3u
#define SIGNATURE_OPTICAL 0xeb140101u
#define INTERRUPT_ERRORS 0x78000000u /* the task file, the bus, the link: the port stops */
#define INTERRUPT_DONE 0x0000003fu
#define GONE 0xffffffffu

#define STOP_PATIENCE (500 * TIME_MS) /* 10.1.2 */
#define COMMAND_PATIENCE (5 * TIME_SECOND)

static bool await(struct port *port, unsigned offset, uint32_t bits, uint64_t patience)
{
	uint64_t deadline = time_now() + patience;
	bool late;

	do {
		late = time_now() > deadline;
		if ((register_read(port->registers, offset) & bits) == 0)
			return true;
		time_sleep(TIME_MS);
	} while (!late);
	return false;
}

static void change_command(struct port *port, uint32_t clear, uint32_t set)
{
	uint32_t command = register_read(port->registers, COMMAND);

	register_write(port->registers, COMMAND, (command & ~clear) | set);
}

bool port_has_device(struct port *port)
{
	return (register_read(port->registers, LINK_STATUS) & 0xf) == LINK_UP;
}

bool port_is_optical(struct port *port)
{
	return register_read(port->registers, SIGNATURE) == SIGNATURE_OPTICAL;
}

/* The device forgets the commands that it has (10.4.2). */
static int reset_link(struct port *port)
{
	uint32_t control = register_read(port->registers, LINK_CONTROL) & ~LINK_CONTROL_ACTION;
	uint64_t deadline = time_now() + COMMAND_PATIENCE;

	register_write(port->registers, LINK_CONTROL, control | LINK_CONTROL_RESET);
	time_sleep(2 * TIME_MS); /* at least one */
	register_write(port->registers, LINK_CONTROL, control);
	while (!port_has_device(port)) {
		if (time_now() > deadline)
			return -EIO;
		time_sleep(TIME_MS);
	}
	return 0;
}

/* Returns whether it has any command. */
static bool hold(struct port *port)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);
	bool any = port->issued != 0;

	port->held = true;
	spin_unlock_irqrestore(&port->lock, flags);
	return any;
}

/* Commands first, since they need what is received. */
int port_stop(struct port *port, bool forget)
{
	forget = hold(port) && forget;
	if (register_read(port->registers, COMMAND) == GONE)
		return -EIO;
	register_write(port->registers, INTERRUPT_ENABLE, 0);
	change_command(port, COMMAND_START, 0);
	if (!await(port, COMMAND, COMMAND_RUNNING, STOP_PATIENCE))
		return -EIO;
	if (forget && reset_link(port) != 0)
		return -EIO;
	change_command(port, COMMAND_RECEIVE, 0);
	return await(port, COMMAND, COMMAND_RECEIVING, STOP_PATIENCE) ? 0 : -EIO;
}

static void set_address(struct port *port, unsigned offset, uint64_t address)
{
	register_write(port->registers, offset, (uint32_t)address);
	register_write(port->registers, offset + 4, (uint32_t)(address >> 32));
}

int port_start(struct port *port)
{
	uint64_t base = io_buffer_physical(port->buffer);

	set_address(port, LIST_ADDRESS, base);
	set_address(port, RECEIVED_ADDRESS, base + offsetof(struct port_memory, received));
	change_command(port, 0, COMMAND_RECEIVE | COMMAND_SPIN_UP);
	register_write(port->registers, LINK_ERRORS, UINT32_MAX);
	register_write(port->registers, INTERRUPT_STATUS, UINT32_MAX);
	if (!await(port, TASK_FILE, TASK_BUSY, COMMAND_PATIENCE))
		return -EIO;
	change_command(port, 0, COMMAND_START);
	return 0;
}

void port_run(struct port *port)
{
	uint64_t flags;

	register_write(port->registers, INTERRUPT_ENABLE, INTERRUPT_ERRORS | INTERRUPT_DONE);
	flags = spin_lock_irqsave(&port->lock);
	port->held = false;
	port->failed = 0;
	register_write(port->registers, ISSUED, port->issued);
	spin_unlock_irqrestore(&port->lock, flags);
}

bool port_issue(struct port *port, unsigned slot)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);
	bool taken = !port->closed;

	if (taken) {
		port->issued |= 1u << slot;
		if (!port->held && !port->failed)
			register_write(port->registers, ISSUED, 1u << slot);
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return taken;
}

uint32_t port_take(struct port *port, uint32_t slots)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);

	slots &= port->issued;
	port->issued &= ~slots;
	spin_unlock_irqrestore(&port->lock, flags);
	return slots;
}

uint32_t port_close(struct port *port)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);

	port->closed = true;
	spin_unlock_irqrestore(&port->lock, flags);
	return port_take(port, UINT32_MAX);
}

unsigned port_current(struct port *port)
{
	return register_read(port->registers, COMMAND) >> COMMAND_CURRENT & (SLOTS - 1);
}

/* Slots that are done. After an error none is: disk_recover says which. The status is read with the
 * lock: one from before a stop does not count after it. */
static uint32_t take_done_locked(struct port *port)
{
	uint32_t status = register_read(port->registers, INTERRUPT_STATUS), done;

	CHECK(spin_is_held(&port->lock));
	if (status == 0 || status == GONE)
		return 0;
	register_write(port->registers, INTERRUPT_STATUS, status);
	if (port->held)
		return 0;
	port->failed |= status & INTERRUPT_ERRORS;
	if (port->failed)
		return 0;
	done = port->issued & ~register_read(port->registers, ISSUED);
	port->issued &= ~done;
	return done;
}

void port_look(struct port *port)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);
	uint32_t done = take_done_locked(port);
	bool failed = port->failed != 0;

	spin_unlock_irqrestore(&port->lock, flags);
	disk_finish(port, done, 0);
	if (failed)
		work_queue(&port->recovery);
}

/* The command in slot 0; interrupts of the port are off. */
int port_execute(struct port *port)
{
	bool done, well;

	port_issue(port, 0); /* it is held: nothing is begun by that */
	register_write(port->registers, ISSUED, 1);
	done = await(port, ISSUED, 1, COMMAND_PATIENCE);
	well = done && !(register_read(port->registers, TASK_FILE) & (TASK_BUSY | TASK_ERROR));
	if (!well && port_stop(port, !done) != 0)
		return -ENODEV;
	port_take(port, 1);
	if (well)
		return 0;
	return port_start(port) == 0 ? -EIO : -ENODEV;
}
