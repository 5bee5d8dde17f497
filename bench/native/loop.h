/*
 * The loops that are compared, each doing one get and one put (or what stands in for it) `times`
 * times on what its thread was given.
 */
#pragma once

#include <stdint.h>

struct shared {
	_Alignas(64) uint64_t count;
};

struct increments {
	_Alignas(64) uint64_t gets;
	uint64_t puts;
};

struct srcu {
	uint64_t counters; /* from each thread's gs */
};

/* Tenon's own inline functions; returns how many gets were refused. */
uint64_t loop_get_put(void *module, uint64_t times);
void loop_increments(struct increments *own, uint64_t times);
void loop_srcu_fast(struct srcu *srcu, uint64_t times);
void loop_shared_atomic(struct shared *shared, uint64_t times);
void loop_increment_not_zero(struct shared *shared, uint64_t times);
/* For the caller, which places the counters: what the module's address is displaced by. */
uint64_t loop_counter_shift(void);
void *loop_module(void);
