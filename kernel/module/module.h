#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The module mechanism at boot. module_mechanism_init: when the heap works; enters
 * the kernel's exports. -ENOMEM, -EEXIST (a name is exported twice). module_load_boot_set: when
 * threads run and every CPU is up; loads what GRUB loaded with the kernel, in order, and logs what
 * fails; the kernel goes on without it.
 */
int module_mechanism_init(void);
void module_load_boot_set(void);

/*
 * Names for addresses in modules, for backtraces and reports of faults: of modules that are there
 * and, for a while, of modules that are gone (a fixed store of tombstones, taken at boot).
 * Context: any, nmi and panic included. The names are copies.
 */
struct module_symbol {
	char module[56];
	char function[64]; /* escaped; "text" when no function is known there */
	uint64_t offset;   /* from the function; of "text" from the start of the module's text */
	bool freed_init;   /* code of init, whose memory went when the module became live */
	bool gone;	   /* the module has been unloaded */
	uint64_t gone_for; /* ns since then */
};

/* False: the address is in the text of no module, present or remembered. */
bool module_symbol_find(uint64_t address, struct module_symbol *symbol);
