#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <lib/format.h>

/*
 * The kernel's log. One call is one record; a trailing newline is implied. A level may stand first:
 * printk(KERN_WARNING "hello: odd size %zu\n", size). Context: any, nmi and panic included.
 */
#define KERN_SOH "\001"
#define KERN_EMERG KERN_SOH "0"
#define KERN_ALERT KERN_SOH "1"
#define KERN_CRIT KERN_SOH "2"
#define KERN_ERR KERN_SOH "3"
#define KERN_WARNING KERN_SOH "4"
#define KERN_NOTICE KERN_SOH "5"
#define KERN_INFO KERN_SOH "6"
#define KERN_DEBUG KERN_SOH "7"

int printk(const char *format, ...) __printf(1, 2);
int vprintk(const char *format, va_list arguments);

/*
 * How reports name a place in code: `kernel:function+0x1c` or `module:function+0x1c`, and how long
 * ago it was unloaded; what has no owner is shown as a number only under `addresses`. Context: any,
 * panic included.
 */
void code_describe(uint64_t address, char *text, size_t size);

/* Under the names that authors expect. */
#define snprintf format_text
#define vsnprintf format_text_v
