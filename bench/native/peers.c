/*
 * What get and put are measured against: the least that counting can cost (two increments of memory
 * that no other CPU touches), and three ways to count in memory that all CPUs share.
 */
#include <stdbool.h>

#include "loop.h"

void loop_increments(struct increments *own, uint64_t times)
{
	while (times-- > 0) {
		__asm__ volatile("incq %0" : "+m"(own->gets) : : "cc");
		__asm__ volatile("incq %0" : "+m"(own->puts) : : "cc");
	}
}

/* As SRCU's fast readers count: the counters in use are looked up at each lock, and each CPU has
 * its own, which the unlock that is handed them increments too. */
void loop_srcu_fast(struct srcu *srcu, uint64_t times)
{
	while (times-- > 0) {
		uint64_t counters = __atomic_load_n(&srcu->counters, __ATOMIC_RELAXED);

		__asm__ volatile("incq %%gs:(%0)" : : "r"(counters) : "memory", "cc");
		__asm__ volatile("incq %%gs:8(%0)" : : "r"(counters) : "memory", "cc");
	}
}

void loop_shared_atomic(struct shared *shared, uint64_t times)
{
	while (times-- > 0) {
		__atomic_fetch_add(&shared->count, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_sub(&shared->count, 1, __ATOMIC_SEQ_CST);
	}
}

/* As Linux counts a module: zero means that it is on its way out. */
static inline bool increment_not_zero(uint64_t *count)
{
	uint64_t seen = __atomic_load_n(count, __ATOMIC_RELAXED);

	while (seen != 0) {
		if (__atomic_compare_exchange_n(count, &seen, seen + 1, false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

void loop_increment_not_zero(struct shared *shared, uint64_t times)
{
	while (times-- > 0) {
		if (increment_not_zero(&shared->count))
			__atomic_fetch_sub(&shared->count, 1, __ATOMIC_RELEASE);
	}
}
