/*
 * The sweep: what an owner leaves behind is removed, in the order in which it could still do harm:
 * first what is called, then what calls, then what the calls used. From its beginning nothing more
 * is booked to the owner, so it ends. Each thing gets one warning that names it and the place that
 * made it, while that place can still be read.
 */
#include <bus/ledger.h>

#include <lib/format.h>

#include <kernel/module.h>
#include <kernel/stop.h>
#include <kernel/timer.h>

#include <mm/heap.h>
#include <mm/io_mapping.h>
#include <sched/thread.h>
#include <sched/work.h>
#include <time/timer_queue.h>

#include "bus_internal.h"

struct sweep {
	struct owner *owner;
	bool quiet;
	unsigned count;
};

static void note(struct sweep *sweep, const char *kind, const char *name, const struct place *place)
{
	sweep->count++;
	if (!sweep->quiet)
		printk(KERN_WARNING "%s: left behind: %s%s%s made at %s:%u; removed\n",
		       sweep->owner->name, kind, *name ? " " : "", name, place ? place->file : "?",
		       place ? place->line : 0);
}

static void note_heap(const struct heap_object *object, void *argument)
{
	char size[32];

	format_text(size, sizeof(size), "of %zu bytes", object->size);
	note(argument, "memory", size, object->place);
}

static void note_mapping(const struct heap_object *object, void *argument)
{
	char size[32];

	format_text(size, sizeof(size), "of %zu bytes", object->size);
	note(argument, "mapping", size, object->place);
}

static struct registration *first_registration(struct owner *owner)
{
	struct registration *first;

	spin_lock(&owner->lock);
	first = list_first(&owner->registrations, struct registration, in_owner);
	spin_unlock(&owner->lock);
	return first;
}

/* Waiting for callers would be waiting for a failed owner's; its memory stays while they are in. */
static void remove_registration(struct owner *owner, struct registration *registration)
{
	int (*remove)(struct registration *) = registration->interface->remove;
	bool drained = owner->flags & OWNER_DRAINED;

	if (!remove && drained)
		remove = registration_remove;
	/* bare: who has an entry depends on who defines the interface */
	if (!remove || remove(registration) != 0)
		registration_detach(registration);
}

unsigned sweep_registrations(struct owner *owner, bool quiet)
{
	struct sweep sweep = {owner, quiet, 0};
	struct registration *registration;

	while ((registration = first_registration(owner))) {
		note(&sweep, registration->interface->name, registration->name,
		     registration->place);
		remove_registration(owner, registration);
	}
	return sweep.count;
}

static struct interface *first_interface(struct owner *owner)
{
	uint64_t flags = interfaces_lock();
	struct interface *interface = interface_next_locked(NULL);

	while (interface && interface->owner != owner->module)
		interface = interface_next_locked(interface);
	interfaces_unlock(flags);
	return interface;
}

/* Its entries belong to modules that depend on it; only force leaves any. */
static void sweep_interfaces(struct sweep *sweep)
{
	struct interface *interface;

	while ((interface = first_interface(sweep->owner))) {
		struct registration *registration;

		note(sweep, "interface", interface->name, interface->place);
		while ((registration = list_first(&interface->registrations, struct registration,
						  in_interface)))
			registration_detach(registration);
		interface_unregister(interface);
	}
}

static void sweep_timers(struct sweep *sweep)
{
	struct timer *timer;
	struct work *work;

	while ((timer = timer_first_of(sweep->owner->module))) {
		note(sweep, "timer", "", timer->item.place);
		timer_cancel(timer);
	}
	while ((work = work_first_of(sweep->owner->module))) {
		note(sweep, "work", "", work->item.place);
		work_cancel(work);
	}
}

struct thread_search {
	const struct owner *owner;
	struct thread *dead;
	unsigned count;
	char *name;
	size_t size;
};

static int search_threads(struct thread *thread, void *argument)
{
	struct thread_search *search = argument;

	if (thread->owner != search->owner->module)
		return 0;
	if (READ_ONCE(thread->state) == THREAD_DEAD)
		search->dead = thread;
	else if (search->count++ == 0 && search->name)
		format_text(search->name, search->size, "%s", thread->name);
	return 0;
}

unsigned owner_thread_count(const struct owner *owner, char *name, size_t size)
{
	struct thread_search search = {.owner = owner, .name = name, .size = size};

	thread_for_each_locked(search_threads, &search);
	return search.count;
}

/* Threads that have ended by themselves and that nobody has stopped. */
static void sweep_dead_threads(struct sweep *sweep)
{
	for (;;) {
		struct thread_search search = {.owner = sweep->owner};

		thread_for_each_locked(search_threads, &search);
		if (!search.dead)
			return;
		note(sweep, "ended thread", search.dead->name, search.dead->place);
		thread_stop(search.dead);
	}
}

static void close_books(struct owner *owner)
{
	spin_lock(&owner->lock);
	owner->flags |= OWNER_SWEEPING;
	spin_unlock(&owner->lock);
}

unsigned owner_sweep_callbacks(struct owner *owner, bool quiet)
{
	struct sweep sweep = {owner, quiet, 0};

	close_books(owner);
	sweep.count += sweep_registrations(owner, quiet);
	sweep_interfaces(&sweep);
	sweep_timers(&sweep);
	return sweep.count;
}

unsigned owner_sweep(struct owner *owner, bool quiet)
{
	struct sweep sweep = {owner, quiet, 0};

	work_flush(&owner->failing);
	sweep.count = owner_sweep_callbacks(owner, quiet);
	sweep_dead_threads(&sweep);
	io_mapping_sweep(owner->module->slot, note_mapping, &sweep);
	heap_sweep(owner->module->slot, note_heap, &sweep);
	return sweep.count;
}

static int fail_stopped(void *argument)
{
	owner_set_state(argument, MODULE_FAILED);
	return 0;
}

static bool fail(struct owner *owner, const char *why)
{
	if (owner->module->state == MODULE_FAILED)
		return false;
	printk(KERN_ERR "%s: failed: %s\n", owner->name, why);
	stop_machine(fail_stopped, owner, NULL);
	close_books(owner);
	sweep_registrations(owner, true);
	return true;
}

/* In a worker, since the fault may have come in a work of the owner's: that one has returned by
 * now. */
static void finish_failing(struct work *work)
{
	struct owner *owner = container_of(work, struct owner, failing);

	if (READ_ONCE(owner->faulted))
		fail(owner, "it faulted");
	owner_sweep_callbacks(owner, true);
}

void owner_failing_init(struct owner *owner)
{
	work_init(&owner->failing, finish_failing);
}

void owner_fail(struct owner *owner, const char *why)
{
	if (fail(owner, why))
		work_queue(&owner->failing);
}

void owner_describe_registrations(struct owner *owner,
				  void (*print)(void *context, const char *line), void *context)
{
	struct registration *registration;
	char line[160];
	uint64_t after = 0;
	bool more;

	do {
		more = false;
		spin_lock(&owner->lock);
		list_for_each(registration, &owner->registrations, in_owner) {
			if (registration->serial <= after)
				continue;
			format_text(line, sizeof(line), "%s %s at %s:%u%s",
				    registration->interface->name, registration->name,
				    registration->place->file, registration->place->line,
				    registration->state == REGISTRATION_ACTIVE ? ""
									       : " (reserved)");
			after = registration->serial;
			more = true;
			break;
		}
		spin_unlock(&owner->lock);
		if (more)
			print(context, line); /* bare: a function of who asks */
	} while (more);
}
