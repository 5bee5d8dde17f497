#pragma once

/* The bus at boot, after owner_table_init, the heap and locks; before any interface is registered.
 * Context: early. */
void bus_init(void);
/* When threads run: starts the thread that ends what failed owners leave (failing.c). -ENOMEM.
 * Context: thread. */
int bus_start(void);
