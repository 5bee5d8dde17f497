/*
 * Ports: started, stopped, told of commands. The rule: ->issued says which slots the controller
 * has, and a slot that is in it and that the controller has no more is done. What a port has
 * received is not read. A port interrupts only while the handler knows it and can quiet it: else
 * the controller interrupts without end. Source: AHCI 1.3.1, 3.3 (registers), 5.5, 6.2
 * (errors), 10.1.
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

/* Commands first, since they need what is received. */
int port_stop(struct port *port)
{
	if (register_read(port->registers, COMMAND) == GONE)
		return -EIO;
	register_write(port->registers, INTERRUPT_ENABLE, 0);
	change_command(port, COMMAND_START, 0);
	if (!await(port, COMMAND, COMMAND_RUNNING, STOP_PATIENCE))
		return -EIO;
	if (READ_ONCE(port->issued) && reset_link(port) != 0)
		return -EIO;
	change_command(port, COMMAND_RECEIVE, 0);
	return await(port, COMMAND, COMMAND_RECEIVING, STOP_PATIENCE) ? 0 : -EIO;
}

static void set_address(struct port *port, unsigned offset, uint64_t address)
{
	register_write(port->registers, offset, (uint32_t)address);
	register_write(port->registers, offset + 4, (uint32_t)(address >> 32));
}

/* The port is stopped. */
static int start(struct port *port)
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

static void forget(struct port *port)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);

	port->issued = port->failed = 0;
	port->broken = false;
	spin_unlock_irqrestore(&port->lock, flags);
}

int port_begin(struct port *port)
{
	int error = port_stop(port);

	if (error)
		return error;
	forget(port);
	return start(port);
}

void port_allow_interrupts(struct port *port)
{
	register_write(port->registers, INTERRUPT_ENABLE, INTERRUPT_ERRORS | INTERRUPT_DONE);
}

void port_issue(struct port *port, unsigned slot)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);

	port->issued |= 1u << slot;
	if (!port->broken && !port->failed)
		register_write(port->registers, ISSUED, 1u << slot);
	spin_unlock_irqrestore(&port->lock, flags);
}

/* Slots that are done. After an error none is: disk_recover says which. */
static uint32_t take_done(struct port *port, uint32_t status)
{
	uint64_t flags = spin_lock_irqsave(&port->lock);
	uint32_t done = 0;

	if (status & INTERRUPT_ERRORS && !port->broken)
		port->failed = status & INTERRUPT_ERRORS;
	if (!port->failed && !port->broken) {
		done = port->issued & ~register_read(port->registers, ISSUED);
		port->issued &= ~done;
	}
	spin_unlock_irqrestore(&port->lock, flags);
	return done;
}

bool port_look(struct port *port)
{
	uint32_t status = register_read(port->registers, INTERRUPT_STATUS), done;

	if (status == 0 || status == GONE)
		return false;
	register_write(port->registers, INTERRUPT_STATUS, status);
	done = take_done(port, status);
	for (unsigned slot = 0; done; slot++, done >>= 1)
		if (done & 1u)
			disk_finish(port, slot, 0);
	if (READ_ONCE(port->failed))
		work_queue(&port->recovery);
	return true;
}

/* The command in slot 0; interrupts of the port are off. */
int port_execute(struct port *port)
{
	register_write(port->registers, ISSUED, 1);
	if (await(port, ISSUED, 1, COMMAND_PATIENCE) &&
	    !(register_read(port->registers, TASK_FILE) & (TASK_BUSY | TASK_ERROR)))
		return 0;
	port_stop(port);
	return start(port) == 0 ? -EIO : -ENODEV;
}
