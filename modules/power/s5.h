#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * SLP_TYP of S5 for PM1a and PM1b, 0 to 7, found in the AML of a whole DSDT as
 * Name (_S5_, Package () {a, b, ...}); -ENOENT. Nothing is interpreted. Context: any.
 */
int s5_find(const void *table, size_t size, uint8_t *type_a, uint8_t *type_b);
