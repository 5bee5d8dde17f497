#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The kernel's own writer to COM1 (16550 at 0x3f8, 115200 8N1), polled. It keeps out of
 * the way of a driver: a driver that registers a console for the serial terminal owns the device,
 * and a panic takes it back. Context: any; not locked, the caller keeps writers apart.
 */
bool uart_present(void);
void uart_write(const char *bytes, size_t length); /* as they are; waits while it is full */
void uart_drain(void);				   /* until the last bit is on the line */
