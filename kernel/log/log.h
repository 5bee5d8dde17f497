#pragma once

#include <kernel/log_reader.h>

/*
 * The log's other half: what writes it out, what reads it. Until a listener takes over, printk
 * itself sends each record to COM1, polled; in a panic it does so again. docs/boot.md tells the
 * order.
 */
/*
 * From now on printk only stores a record and calls @listener, in printk's own context (any, nmi
 * included; locks may be held): the listener must do no more than set a flag. NULL: printk sends
 * again, from log_sent() on, at its next call. Context: any but nmi.
 */
void log_set_listener(void (*listener)(void));

/* Sends what has not been sent yet, in the place of the listener's side, which cannot run: its CPU,
 * or what it waits for, is being waited for. Context: any but nmi. */
void log_send_now(void);

/* Interface log_reader's: the thread that calls the log's reader, and its interrupt. 0 or -ENOMEM.
 * Context: boot, thread. */
int log_reader_start(void);

/* For panic: sends what has not been sent yet and from then on every record at once, past all
 * locks; and a line without time stamp, straight to COM1 and into the ring. */
void log_enter_panic(void);
void log_panic_line(const char *text, size_t length);
