/*
 * COM1 driven by interrupts: a writer fills the transmit FIFO and sleeps until it is empty, and
 * what is typed is pushed from the receive interrupt. There is no buffer besides the device's own,
 * so that a panic, which cannot ask a module for anything, loses nothing that was written. The
 * terminal has one writer at a time; the lock is for the interrupts that are enabled.
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
MODULE_AUTHOR("The Tenon team");
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
#define REG_MODEM_CONTROL (PORT + 4)
#define MCR_DTR_RTS_OUT2 0x0b
#define REG_LINE_STATUS (PORT + 5)
#define LSR_RECEIVED 0x01
#define LSR_TRANSMIT_EMPTY 0x20
#define LSR_ALL_SENT 0x40
#define REG_SCRATCH (PORT + 7)
#define FIFO_DEPTH 16

static DEFINE_SPINLOCK(uart_lock);
static uint8_t enabled;			 /* [L] which interrupts, IER_… */
static DEFINE_WAIT_QUEUE(transmit_wait); /* woken when the transmit FIFO has become empty */

static struct input serial_input;

static void enable_locked(uint8_t interrupts)
{
	CHECK(spin_is_held(&uart_lock));
	enabled = interrupts;
	io_out8(REG_INTERRUPT_ENABLE, interrupts);
}

static void enable_also(uint8_t interrupts)
{
	uint64_t flags = spin_lock_irqsave(&uart_lock);

	enable_locked(enabled | interrupts);
	spin_unlock_irqrestore(&uart_lock, flags);
}

/* With no room left the UART keeps what it gets, unasked, until serial_ready. */
static size_t receive_locked(char *received, size_t size)
{
	size_t room_left = input_room(&serial_input), count = 0;

	CHECK(spin_is_held(&uart_lock));
	if (room_left == 0)
		enable_locked(enabled & ~IER_RECEIVED);
	while (count < size && count < room_left && (io_in8(REG_LINE_STATUS) & LSR_RECEIVED))
		received[count++] = (char)io_in8(REG_DATA);
	return count;
}

static enum irq_result serial_handle(struct irq_handler *handler)
{
	bool mine = false;
	char received[FIFO_DEPTH];
	uint64_t flags = spin_lock_irqsave(&uart_lock);

	while (!(io_in8(REG_INTERRUPT_ID) & IIR_NONE)) {
		size_t count = receive_locked(received, sizeof(received));

		mine = true;
		if (io_in8(REG_LINE_STATUS) & LSR_TRANSMIT_EMPTY)
			enable_locked(enabled & ~IER_TRANSMIT_EMPTY);
		input_push(&serial_input, received, count);
	}
	spin_unlock_irqrestore(&uart_lock, flags);
	if (mine)
		wait_queue_wake(&transmit_wait);
	return mine ? IRQ_HANDLED : IRQ_NONE;
}

static void serial_ready(struct input *input)
{
	enable_also(IER_RECEIVED);
}

static bool line_is(uint8_t status)
{
	return (io_in8(REG_LINE_STATUS) & status) == status;
}

/* The interrupt is asked for only by a writer that waits. */
static void wait_until_empty(void)
{
	if (line_is(LSR_TRANSMIT_EMPTY))
		return;
	enable_also(IER_TRANSMIT_EMPTY);
	wait_event(&transmit_wait, line_is(LSR_TRANSMIT_EMPTY));
}

static long serial_write(struct console *console, const char *bytes, size_t length)
{
	size_t taken = 0;

	wait_until_empty();
	while (taken < length && taken < FIFO_DEPTH)
		io_out8(REG_DATA, (uint8_t)bytes[taken++]);
	return (long)taken;
}

static void serial_drain(struct console *console)
{
	wait_until_empty();
	while (!line_is(LSR_ALL_SENT))
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

/* The kernel has set up speed and format, and may be writing at this moment: they are left alone.
 */
static void uart_start(void)
{
	io_out8(REG_INTERRUPT_ID, FIFO_ENABLE);
	io_out8(REG_MODEM_CONTROL, MCR_DTR_RTS_OUT2);
	enable_also(IER_RECEIVED);
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
