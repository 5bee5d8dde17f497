#pragma once

#include <stdint.h>

/* Under `debug`: the references that a module's code takes and gives back by itself. */
#define OWNER_TRACE 8u

struct owner_trace {
	uint64_t places[OWNER_TRACE]; /* return addresses of the last gets */
	uint32_t next;
	int64_t bare; /* [A] gets less puts */
};

/* Under `debug` makes the puts in a module's text be looked at; before it can run. The text is at
 * @now and will run at @run. */
void reference_check_text(uint8_t *now, uint64_t run, uint64_t size);
