/*
 * The polled 16550. The one rule: nothing here waits for ever; a device that stops answering costs
 * time, not the machine.
 */
#include <log/uart.h>

#include <kernel/io.h>

#include <arch/control.h>

/* Registers (PC16550D data sheet, table II). */
enum {
	UART_DATA = UART_PORT,
	UART_INTERRUPTS = UART_PORT + 1,
	UART_FIFO = UART_PORT + 2,
	UART_LINE_CONTROL = UART_PORT + 3,
	UART_MODEM_CONTROL = UART_PORT + 4,
	UART_LINE_STATUS = UART_PORT + 5,
	UART_SCRATCH = UART_PORT + 7,
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

/* Where nothing answers, a bus reads all ones and the scratch register keeps nothing. */
static bool uart_probe(void)
{
	io_out8(UART_SCRATCH, 0x5a);
	if (io_in8(UART_SCRATCH) != 0x5a)
		return false;
	io_out8(UART_SCRATCH, 0xa5);
	return io_in8(UART_SCRATCH) == 0xa5 && io_in8(UART_LINE_STATUS) != 0xff;
}

bool uart_init(void)
{
	present = uart_probe();
	if (!present)
		return false;
	uart_drain(); /* what a driver has sent must not be cut off */
	io_out8(UART_INTERRUPTS, 0);
	io_out8(UART_LINE_CONTROL, LINE_DIVISOR);
	io_out8(UART_DATA, DIVISOR_115200);
	io_out8(UART_INTERRUPTS, 0);
	io_out8(UART_LINE_CONTROL, LINE_8N1);
	io_out8(UART_FIFO, FIFO_ON);
	io_out8(UART_MODEM_CONTROL, MODEM_READY);
	return true;
}

bool uart_present(void)
{
	return present;
}

static void uart_wait(uint8_t status)
{
	for (unsigned i = 0; i < POLL_LIMIT; i++) {
		if ((io_in8(UART_LINE_STATUS) & status) == status)
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
		io_out8(UART_DATA, (uint8_t)bytes[i]);
	}
}

void uart_drain(void)
{
	if (present)
		uart_wait(STATUS_HOLDING_EMPTY | STATUS_ALL_SENT);
}
