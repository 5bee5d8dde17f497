#pragma once

/* The room interface at boot, after bus_init: registers the interfaces notifier, irq and
 * last_words; a panic speaks the last words. Context: early. */
void interface_init(void);
