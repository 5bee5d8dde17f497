/*
 * The bus at boot: the kernel's own interfaces, in the order in which they need each other.
 */
#include <bus/bus.h>

#include <kernel/bus.h>

#include "bus_internal.h"

void bus_init(void)
{
	bus_schedule_init();
	bus_command_init();
	bus_terminal_init();
	bus_notifier_init();
	bus_irq_init();
	bus_node_init();
	bus_filesystem_init();
	bus_last_words_init();
}

void bus_start(void)
{
	log_pump_start();
}
