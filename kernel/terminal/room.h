#pragma once

/*
 * The room terminal at boot. terminal_init: after bus_init; registers the interfaces command,
 * console and input. Context: early. terminal_start: when threads run; starts the thread that sends
 * the log to the terminals. Without memory for it printk stays synchronous. Context: thread.
 */
void terminal_init(void);
void terminal_start(void);
