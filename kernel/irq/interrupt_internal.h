#pragma once

#include <stddef.h>

/* What irq's own files know of each other. */

const char *interrupt_name(unsigned vector); /* NULL: nobody has it */

/* The names of the handlers of @line, comma-separated; false when it has none. */
bool line_describe(unsigned line, char *names, size_t size);
