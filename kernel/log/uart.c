/*
 * The polled 16550. The one rule: nothing here waits for ever; a device that stops answering costs
 * time, not the machine.
 */
#include <log/uart.h>

#include <kernel/io.h>
#include <kernel/module.h>

#include <arch/control.h>

/* Registers (PC16550D data sheet, table II). */
enum uart_register {
	UART_DATA = 0,
	UART_INTERRUPTS = 1,
	UART_FIFO = 2,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_SCRATCH = 7,
};

#define LINE_8N1 0x03
#define LINE_DIVISOR 0x80
#define FIFO_ON 0x01	 /* without clearing: what was typed meanwhile stays */
#define MODEM_READY 0x0b /* DTR, RTS, OUT2 (the interrupt line) */
#define STATUS_HOLDING_EMPTY 0x20
#define STATUS_ALL_SENT 0x40
#define DIVISOR_115200 1
#define POLL_LIMIT 1000000

static bool present;

static uint8_t uart_get(enum uart_register offset)
{
	return io_in8(UART_PORT + offset);
}

static void uart_put(enum uart_register offset, uint8_t value)
{
	io_out8(UART_PORT + offset, value);
}

/* Where nothing answers, a bus reads all ones and the scratch register keeps nothing. */
static bool uart_probe(void)
{
	uart_put(UART_SCRATCH, 0x5a);
	if (uart_get(UART_SCRATCH) != 0x5a)
		return false;
	uart_put(UART_SCRATCH, 0xa5);
	return uart_get(UART_SCRATCH) == 0xa5 && uart_get(UART_LINE_STATUS) != 0xff;
}

bool uart_init(void)
{
	present = uart_probe();
	if (!present)
		return false;
	uart_drain(); /* what a driver has sent must not be cut off */
	uart_put(UART_INTERRUPTS, 0);
	uart_put(UART_LINE_CONTROL, LINE_DIVISOR);
	uart_put(UART_DATA, DIVISOR_115200);
	uart_put(UART_INTERRUPTS, 0);
	uart_put(UART_LINE_CONTROL, LINE_8N1);
	uart_put(UART_FIFO, FIFO_ON);
	uart_put(UART_MODEM_CONTROL, MODEM_READY);
	return true;
}

bool uart_present(void)
{
	return present;
}
EXPORT_SYMBOL(uart_present);

static void uart_wait(uint8_t status)
{
	for (unsigned i = 0; i < POLL_LIMIT; i++) {
		if ((uart_get(UART_LINE_STATUS) & status) == status)
			return;
		cpu_pause();
	}
}

void uart_write(const char *bytes, size_t length)
{
	if (!present)
		return;
	for (size_t i = 0; i < length; i++) {
		uart_wait(STATUS_HOLDING_EMPTY);
		uart_put(UART_DATA, (uint8_t)bytes[i]);
	}
}
EXPORT_SYMBOL(uart_write);

void uart_drain(void)
{
	if (present)
		uart_wait(STATUS_HOLDING_EMPTY | STATUS_ALL_SENT);
}
EXPORT_SYMBOL(uart_drain);
