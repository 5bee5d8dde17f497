#pragma once

/* The bus at boot: its table of names (names.c), before any entry is registered. Context: early. */
void bus_init(void);
/* When threads run: starts the thread that ends what failed owners leave (failing.c). -ENOMEM.
 * Context: thread. */
int bus_start(void);
