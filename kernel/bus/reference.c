/*
 * References on owners, and the state that decides whether a get succeeds.
 *
 * Each CPU has two counters for each owner, gets and puts, and touches only its own. A get on one
 * CPU may be put on another: only the sum over all CPUs means anything, and it is taken only while
 * the machine is stopped.
 *
 * try_module_get increments this CPU's gets *first, and looks then*. Both happen in one
 * instruction: bit 63 of the counter is set while the owner is not live, and the increment's sign
 * flag shows it. If it is set, the get is undone by a put and refused. Why this suffices:
 *
 *   - The bit changes only in a stop. A stop comes between two instructions of a CPU, never within
 *     one, so a get is either counted before the stop, with the bit clear (it succeeds, and the sum
 *     shows it), or comes after it, with the bit set (it fails, and undoes itself).
 *   - So when the stop that sets the bits finds a sum of zero, no CPU holds the owner, and none
 *     will. The half-open case, a refused get that has not been undone yet, adds one to the sum; it
 *     can only make an unload report a holder that is leaving, never the contrary.
 *   - The increment is one instruction on memory that no other CPU writes outside a stop: it needs
 *     no lock prefix, an interrupt's own get on this CPU falls before or after it, and preemption
 *     may move the thread to another CPU at any point, since the count is this or that CPU's whole.
 *   - Stores of one x86 CPU become visible in order, loads are not taken before older loads: a
 * reader that adds up all puts before it adds up all gets sees, for each put, the get that came
 * before it. The difference may be too high, never too low: lsmod shows no zero for a module that
 * is held all the time.
 *   - In the stop the counters of all CPUs are visible: each CPU answered the stop after its last
 *     increment, and the answer is a locked instruction.
 *
 * What must not be torn apart by an unload is finding an owner and getting it. Look-ups therefore
 * run with preemption off (under a spinlock) until the get is done, and no stop comes in between.
 *
 * Under `debug` the bit stays set for live owners too. Every get then takes the long way here,
 * which looks at the state instead and notes the place.
 */
#include <kernel/boot.h>
#include <kernel/module.h>

#include <arch/cpu.h>
#include <bus/ledger.h>
#include <bus/owner.h>

#include "bus_internal.h"
#include "callback.h"

struct owner_counter {
	uint64_t gets, puts;
};

static struct owner_counter *counter_of(const struct owner *owner, unsigned cpu)
{
	return (struct owner_counter *)(PERCPU_BASE + (uint64_t)cpu * PERCPU_STRIDE +
					OWNER_COUNTERS) +
	       owner->handle->slot;
}

/* Of each CPU; a departure of many modules goes through all of them while the machine is stopped.
 */
#define for_each_counter(counter, owner)                                                           \
	for (struct owner_counter *counter = counter_of(owner, 0),                                 \
				  *end = counter_of(owner, cpu_count());                           \
	     counter < end; counter += PERCPU_STRIDE / sizeof(*counter))

/* Before the row is published: counts of its last owner do not count. */
void owner_counters_reset(struct owner *owner)
{
	bool slow = owner->handle->state != MODULE_LIVE || debug_enabled;

	for_each_counter(counter, owner)
		*counter = (struct owner_counter){slow ? OWNER_NOT_LIVE : 0, 0};
}

int64_t owner_references_stopped(const struct owner *owner)
{
	uint64_t sum = 0;

	for_each_counter(counter, owner)
		sum += (counter->gets & ~OWNER_NOT_LIVE) - counter->puts;
	return (int64_t)sum;
}

static uint64_t gets_so_far(const struct owner *owner)
{
	uint64_t gets = 0;

	for_each_counter(counter, owner)
		gets += READ_ONCE(counter->gets) & ~OWNER_NOT_LIVE;
	return gets;
}

int64_t owner_references_now(const struct owner *owner)
{
	uint64_t puts = 0;

	for_each_counter(counter, owner)
		puts += READ_ONCE(counter->puts);
	return (int64_t)(gets_so_far(owner) - puts);
}

__attribute__((noinline)) bool module_get_refused(struct module *module)
{
	if (debug_enabled && READ_ONCE(module->state) == MODULE_LIVE) {
		reference_note_get(module->ledger, (uint64_t)__builtin_return_address(0));
		return true;
	}
	module_put(module);
	return false;
}

const char *module_name(const struct module *module)
{
	const struct owner *owner = module ? READ_ONCE(module->ledger) : &kernel_owner;

	return owner ? owner->name : "nobody";
}

static void set_liveness(struct owner *owner, bool live)
{
	uint64_t bit = live && !debug_enabled ? 0 : OWNER_NOT_LIVE;

	for_each_counter(counter, owner)
		counter->gets = (counter->gets & ~OWNER_NOT_LIVE) | bit;
}

/* What callers see of the entries changes with the state; the machine is stopped. */
static int tell_interfaces(void *whose)
{
	const struct owner *owner = whose;
	struct registration *registration;

	list_for_each(registration, &owner->registrations, in_owner)
		registration_changed(registration);
	return 0;
}

void owner_set_state(struct owner *owner, enum module_state state)
{
	uint32_t flags = owner->flags;
	bool was_live = owner->handle->state == MODULE_LIVE;

	WRITE_ONCE(owner->handle->state, state);
	if (state == MODULE_LIVE) {
		owner->flags &= ~OWNER_DRAINED;
		set_liveness(owner, true);
	} else if (was_live) {
		set_liveness(owner, false);
	}
	if (state == MODULE_UNLOADING && owner_references_stopped(owner) == 0)
		owner->flags |= OWNER_DRAINED;
	if (flags != owner->flags)
		names_move_stopped(owner);
	if (state == MODULE_FAILED)
		owner_cut_spans_stopped(owner);
	if (was_live != (state == MODULE_LIVE))
		callback_at(owner, tell_interfaces, owner);
}
