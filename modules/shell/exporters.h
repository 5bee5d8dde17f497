#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * What would help a module that uses a symbol which nothing exports: the module in /modules that
 * would export it, else the nearest name that the kernel or one of those modules exports. The index
 * is read once, for the first line that needs it. Context: thread.
 */
struct exporters {
	void *index;
	size_t size;
	bool read;
};

#define EXPORTERS_TEXT 256
void exporters_begin(struct exporters *exporters);
/* What is to be said behind @reason in @text; "" unless it ends with an undefined symbol. */
void exporters_text(struct exporters *exporters, const char *reason, char text[EXPORTERS_TEXT]);
void exporters_end(struct exporters *exporters);
