#pragma once

/* The bus at boot. bus_init: after owner_table_init, the heap and locks; registers the kernel's own
 * interfaces. bus_start: when threads run; starts the thread that sends the log to the terminals.
 */
void bus_init(void);
void bus_start(void);
