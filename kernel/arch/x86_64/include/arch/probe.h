#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads 8 bytes that may not be mapped: false instead of a fault. For those who follow pointers
 * that may be broken: backtraces, fault reports. Context: any.
 */
bool probe_read(const void *address, uint64_t *value);

extern const char probe_read_access[], probe_read_failed[]; /* entry.asm, for trap_dispatch */
