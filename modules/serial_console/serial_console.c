/*
 * COM1 driven by interrupts: what the serial terminal shows goes through a ring that the transmit
 * interrupt empties, and what is typed is pushed from the receive interrupt. Ring and UART
 * registers are touched under one lock, from threads and from the handler.
 * Source: National Semiconductor PC16550D data sheet, section 8 (registers).
 */
#include <kernel/io.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/spinlock.h>
#include <kernel/terminal.h>
#include <kernel/time.h>
#include <kernel/wait.h>

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("The serial terminal on COM1 (16550), driven by interrupts");
MODULE_VERSION("1.0");

#define PORT 0x3f8
#define LINE 4
#define REG_DATA (PORT + 0)
#define REG_INTERRUPT_ENABLE (PORT + 1)
#define IER_RECEIVED 0x01
#define IER_TRANSMIT_EMPTY 0x02
#define REG_INTERRUPT_ID (PORT + 2) /* reading; writing: FIFO control */
#define IIR_NONE 0x01
#define FIFO_ENABLE 0x01 /* without clearing: typed bytes may wait already */
#define REG_LINE_CONTROL (PORT + 3)
#define LCR_8N1 0x03
#define LCR_DIVISOR 0x80
#define REG_MODEM_CONTROL (PORT + 4)
#define MCR_DTR_RTS_OUT2 0x0b
#define REG_LINE_STATUS (PORT + 5)
#define LSR_RECEIVED 0x01
#define LSR_TRANSMIT_EMPTY 0x20
#define LSR_ALL_SENT 0x40
#define REG_SCRATCH (PORT + 7)
#define FIFO_DEPTH 16
#define RING_SIZE 4096u

static DEFINE_SPINLOCK(uart_lock);
static DEFINE_WAIT_QUEUE(room); /* woken when the ring has become half empty, or empty */
static char ring[RING_SIZE];	/* [L] */
static uint32_t ring_head;	/* [L] bytes ever put in */
static uint32_t ring_tail;	/* [L] bytes ever taken out */

static uint32_t ring_used(void)
{
	return ring_head - ring_tail;
}

/* Fills the transmit FIFO if it is empty. Returns whether waiters should look again. */
static bool feed_locked(void)
{
	uint32_t before = ring_used();

	if (before == 0 || !(io_in8(REG_LINE_STATUS) & LSR_TRANSMIT_EMPTY))
		return false;
	for (int i = 0; i < FIFO_DEPTH && ring_used() > 0; i++)
		io_out8(REG_DATA, (uint8_t)ring[ring_tail++ % RING_SIZE]);
	return ring_used() == 0 || (before > RING_SIZE / 2 && ring_used() <= RING_SIZE / 2);
}

static struct input serial_input;

/* With no room left the UART keeps what it gets, unasked, until serial_ready. */
static size_t receive_locked(char *received, size_t size)
{
	size_t room_left = input_room(&serial_input), count = 0;

	if (room_left == 0)
		io_out8(REG_INTERRUPT_ENABLE, IER_TRANSMIT_EMPTY);
	while (count < size && count < room_left && (io_in8(REG_LINE_STATUS) & LSR_RECEIVED))
		received[count++] = (char)io_in8(REG_DATA);
	return count;
}

static enum irq_result serial_handle(struct irq_handler *handler)
{
	bool wake = false, mine = false;
	char received[FIFO_DEPTH];
	uint64_t flags = spin_lock_irqsave(&uart_lock);

	while (!(io_in8(REG_INTERRUPT_ID) & IIR_NONE)) {
		size_t count = receive_locked(received, sizeof(received));

		mine = true;
		wake |= feed_locked();
		input_push(&serial_input, received, count);
	}
	spin_unlock_irqrestore(&uart_lock, flags);
	if (wake)
		wait_queue_wake(&room);
	return mine ? IRQ_HANDLED : IRQ_NONE;
}

static void serial_ready(struct input *input)
{
	uint64_t flags = spin_lock_irqsave(&uart_lock);

	io_out8(REG_INTERRUPT_ENABLE, IER_RECEIVED | IER_TRANSMIT_EMPTY);
	spin_unlock_irqrestore(&uart_lock, flags);
}

static bool ring_has_room(void)
{
	uint64_t flags = spin_lock_irqsave(&uart_lock);
	bool has_room = ring_used() < RING_SIZE;

	spin_unlock_irqrestore(&uart_lock, flags);
	return has_room;
}

static long serial_write(struct console *console, const char *bytes, size_t length)
{
	size_t taken = 0;
	uint64_t flags;

	wait_event(&room, ring_has_room());
	flags = spin_lock_irqsave(&uart_lock);
	while (taken < length && ring_used() < RING_SIZE)
		ring[ring_head++ % RING_SIZE] = bytes[taken++];
	feed_locked();
	spin_unlock_irqrestore(&uart_lock, flags);
	return (long)taken;
}

static bool all_sent(void)
{
	uint64_t flags = spin_lock_irqsave(&uart_lock);
	bool sent = ring_used() == 0;

	spin_unlock_irqrestore(&uart_lock, flags);
	return sent;
}

static void serial_drain(struct console *console)
{
	wait_event(&room, all_sent());
	while (!(io_in8(REG_LINE_STATUS) & LSR_ALL_SENT))
		time_sleep(100 * TIME_US);
}

static const struct console_operations serial_operations = {
    .write = serial_write,
    .drain = serial_drain,
};
static struct console serial_console = {
    .name = "serial",
    .terminal = TERMINAL_SERIAL,
    .operations = &serial_operations,
};
static const struct input_operations serial_input_operations = {.ready = serial_ready};
static struct input serial_input = {
    .name = "serial",
    .terminal = TERMINAL_SERIAL,
    .operations = &serial_input_operations,
};
static const struct irq_operations serial_irq_operations = {.handle = serial_handle};
static struct irq_handler serial_irq = {
    .name = "serial",
    .line = LINE,
    .operations = &serial_irq_operations,
};

/* The scratch register keeps what is written to it; an absent port reads as ones. */
static bool uart_present(void)
{
	io_out8(REG_SCRATCH, 0x5a);
	return io_in8(REG_SCRATCH) == 0x5a;
}

static void uart_start(void)
{
	io_out8(REG_INTERRUPT_ENABLE, 0);
	io_out8(REG_LINE_CONTROL, LCR_DIVISOR);
	io_out8(REG_DATA, 1); /* 115200 baud */
	io_out8(REG_INTERRUPT_ENABLE, 0);
	io_out8(REG_LINE_CONTROL, LCR_8N1);
	io_out8(REG_INTERRUPT_ID, FIFO_ENABLE);
	io_out8(REG_MODEM_CONTROL, MCR_DTR_RTS_OUT2);
	io_out8(REG_INTERRUPT_ENABLE, IER_RECEIVED | IER_TRANSMIT_EMPTY);
}

static int __init serial_init(void)
{
	int error;

	if (!uart_present()) {
		printk("serial_console: no 16550 at COM1; nothing to drive\n");
		return 0;
	}
	error = irq_register(&serial_irq);
	if (error)
		return error;
	error = input_register(&serial_input);
	if (error)
		goto no_input;
	error = console_register(&serial_console);
	if (error)
		goto no_console;
	uart_start();
	return 0;
no_console:
	input_unregister(&serial_input);
no_input:
	irq_unregister(&serial_irq);
	return error;
}

static void serial_exit(void)
{
	if (serial_console.registration.state == REGISTRATION_NONE)
		return;
	console_unregister(&serial_console);
	serial_drain(&serial_console);
	io_out8(REG_INTERRUPT_ENABLE, 0);
	irq_unregister(&serial_irq);
	input_unregister(&serial_input);
}

module_init(serial_init);
module_exit(serial_exit);
