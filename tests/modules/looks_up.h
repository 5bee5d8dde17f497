#pragma once

/* From here on the look-ups are of @code. Any context. */
void looks_up_at(const void *code);
