#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/boot.h>

#include <mm/mm.h>

/*
 * What the boot loader left in memory, copied before memory is given out; <kernel/boot.h> is its
 * public half. Context: early; the results are constant afterwards.
 */

/* Reads the Multiboot2 information at @physical, within the first 4 GiB; panics if it is malformed.
 */
void boot_info_init(uint32_t physical);

/* RAM, and what of it is in use: page 0, the kernel, the boot files, the trampoline's page. */
const struct mm_range *boot_usable(unsigned *count);
const struct mm_range *boot_reserved(unsigned *count);

/* A page below 1 MiB for starting CPUs; 0: there is none. */
uint64_t boot_trampoline_page(void);

/* The loader's copy of ACPI's RSDP; NULL: none. */
const void *boot_rsdp(size_t *size);
