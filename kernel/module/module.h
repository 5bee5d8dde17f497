#pragma once

/*
 * The module mechanism at boot. module_mechanism_init: after bus_init, when the heap works; enters
 * the kernel's exports. -ENOMEM, -EEXIST (a name is exported twice). module_load_boot_set: when
 * threads run and every CPU is up; loads what GRUB loaded with the kernel, in order, and logs what
 * fails; the kernel goes on without it. module_watchdog_start: names init, exit and callbacks that
 * do not come back, from a thread of its own.
 */
int module_mechanism_init(void);
void module_load_boot_set(void);
void module_watchdog_start(void);
