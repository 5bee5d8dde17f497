#pragma once

struct guarded_chain; /* <arch/guard.h> */

/*
 * Calls each slot of *@chain, which may be NULL, until one returns other than 0; returns that or 0.
 * All of it, from reading *@chain on, is one preemption-off section. A fault in a slot ends that
 * one, as if it had returned 0, and fails its owner (bus/containment.c). Context: any but nmi.
 */
int walk_guarded(struct guarded_chain *const *chain, void *argument);
