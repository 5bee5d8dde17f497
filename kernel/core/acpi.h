#pragma once

#include <stdint.h>

#include <lib/acpi.h>

/*
 * ACPI tables: found through the RSDP, mapped once and kept, those with a wrong checksum left out
 * with a word in the log. <kernel/boot.h> has the look-up. Context: thread, once, after mm_init.
 */
void acpi_init(void);
