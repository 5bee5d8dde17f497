#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Names of code. Writes `kernel:function+0x1c` or `module:function+0x1c`, and how long ago it was
 * unloaded; what is nobody's is shown as a number only under `addresses`. Context: any, panic
 * included.
 */
void symbol_describe(uint64_t address, char *text, size_t size);

/* The kernel's function that @address lies in, and how far; NULL: not in the kernel's text. */
const char *kernel_symbol(uint64_t address, uint64_t *offset);
