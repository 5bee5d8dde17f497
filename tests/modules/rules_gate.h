#pragma once

#include <kernel/hook.h>
#include <kernel/wait.h>

/* What rules_gate has for other test modules. */
extern struct hook_point gate_point;
extern struct wait_queue gate_queue; /* woken when the gate opens or shuts */

void gate_pass(void); /* sleeps until the gate is open */
void gate_note(void); /* counts, in any context; for `gate noted` */
void gate_keep(
    void (*function)(void)); /* for `gate call`: a bare pointer, as no module should keep */
