#pragma once

/* Hands the boot map and the kernel's image to mm; afterwards this CPU uses its final window and
 * has its stacks for exceptions. Panics when there is too little memory. Early. */
void memory_init(void);

/* Every CPU is up: gives back what only the first instructions needed (boot.asm, the early page
 * tables and window), and lets mm take its reserve. From here on the number of free frames is
 * exact. */
void memory_boot_done(void);
