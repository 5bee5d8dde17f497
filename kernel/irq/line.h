#pragma once

#include <stdbool.h>

struct irq_handler;

/*
 * The chains of handlers behind interface `irq`. A chain is walked without a lock in interrupt
 * context, so what line_remove has unlinked may still be looked at, and may still run, until every
 * CPU has been stopped once: the caller makes an (empty) stop before the handler's memory or text
 * goes, and leaves handler->next alone until then. One stop serves any number of handlers.
 */
#define LINES 176 /* VECTOR_LINE to VECTOR_LINE_LAST */

bool line_is_there(unsigned line);
/* A line that no wire leads to is there from now on; false: a wire does, or there is none. */
bool line_take_message(unsigned line);

/* Last in its chain; unmasks the line with the first. @handler->line and ->operations are set.
 * Nothing when the machine has no such line. Any context but nmi. */
void line_add(struct irq_handler *handler);
/* Masks the line with the last. Unlinking what is not in its chain does nothing. */
void line_remove(struct irq_handler *handler);

/* Calls the handlers of a line that has interrupted. */
void line_handle(unsigned line);
