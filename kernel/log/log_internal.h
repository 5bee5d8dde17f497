#pragma once

#include <stdint.h>

/* Between printk and panic. */

/* Sends what has not been sent yet and from then on every record at once, past all locks. */
void log_enter_panic(void);
/* A line without time stamp, straight to COM1 and into the ring. */
void log_panic_line(const char *text, size_t length);
