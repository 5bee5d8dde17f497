#pragma once

/* The bus at boot, after owner_table_init, the heap and locks; before any interface is registered.
 * Context: early. */
void bus_init(void);
