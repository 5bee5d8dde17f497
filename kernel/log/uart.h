#pragma once

#include <kernel/uart.h>

#define UART_PORT 0x3f8

/* Looks for the device and sets it up; false when there is none. Can be called again to take the
 * device back from a driver. */
bool uart_init(void);
