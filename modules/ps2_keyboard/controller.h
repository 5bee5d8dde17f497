#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The controller of PS/2 keyboard and mouse, whatever firmware has left it in. Source: IBM PS/2
 * Hardware Interface Technical Reference, keyboard and auxiliary device controller: commands and
 * the command byte. Every wait has a bound. The caller serialises; context: thread or interrupt.
 */

/* Sets the controller and the keyboard up, without interrupts yet: the mouse off, the keyboard on
 * and scanning, its codes translated to set 1. -ENODEV: there is no controller. */
int controller_init(void);
/* The keyboard's interrupt, line 1: also for a byte that waits already. -EIO: the controller has
 * stopped answering. */
int controller_enable_interrupt(void);
/* The next byte that waits, the mouse's left out. False: there is none. */
bool controller_take(uint8_t *byte);
