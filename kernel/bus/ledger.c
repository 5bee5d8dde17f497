/*
 * The ledger. Who holds an owner: its dependants, open spans, calls in flight; what is left of the
 * sum are bare references. All of it is read in one stop, together with the sum, so that the lines
 * add up. Lists are whole then, since whoever changes them holds a spinlock, and a stop waits for
 * those.
 *
 * The sweep: what an owner leaves behind is removed, in the order in which it could still do harm:
 * first what is called, then what calls, then what the calls used. From its beginning nothing more
 * is booked to the owner, so it ends. Each thing gets one warning that names it and the place that
 * made it, while that place can still be read.
 */
#include <bus/ledger.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/stop.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include <mm/heap.h>
#include <mm/io_mapping.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <time/timer_queue.h>
#include <bus/call.h>

#include "bus_internal.h"

static void add_dependants(const struct owner *owner, struct module_report *report)
{
	struct dependency *dependency;

	list_for_each(dependency, &owner->dependants, needing)
		report_line(report, "module %s depends on it", dependency->from->name);
}

static void add_spans(const struct owner *owner, struct module_report *report)
{
	struct span *span;

	list_for_each(span, &owner->spans, in_owner) {
		const struct registration *registration = span->registration;

		report_line(report, "%s %s (%s at %s:%u) open since %llu.%03llu s",
			    registration->interface->name, span->object, registration->name,
			    registration->place->file, registration->place->line,
			    (unsigned long long)(span->since / TIME_SECOND),
			    (unsigned long long)(span->since % TIME_SECOND / TIME_MS));
	}
}

static void (*describe)(uint64_t address, char *text, size_t size); /* [I] after boot */

void ledger_set_describer(void (*function)(uint64_t address, char *text, size_t size))
{
	describe = function;
}

void ledger_describe(uint64_t address, char *text, size_t size)
{
	format_text(text, size, "?");
	if (describe)
		describe(address, text, size); /* bare: core's own */
}

/* Of the owner by itself: init, exit, a work item. */
static void add_own_call(const struct call *call, const struct thread *thread,
			 struct module_report *report)
{
	char function[80];

	ledger_describe((uint64_t)call->function, function, sizeof(function));
	report_line(report, "%s%s %s, by thread %s on CPU %d", call->own,
		    strcmp(call->own, "work") == 0 ? " item" : "", function, thread->name,
		    thread->cpu);
}

static void add_call(const struct call *call, const struct thread *thread,
		     struct module_report *report)
{
	const struct registration *registration = call->registration;

	report_line(report, "call: %s%s%s%s%s, by thread %s on CPU %d",
		    registration ? registration->interface->name : "", registration ? " " : "",
		    registration ? registration->name : "", registration ? ", " : "",
		    call_operation(call), thread->name, thread->cpu);
}

struct call_counts {
	unsigned from_outside, holding; /* a reference of their own */
	unsigned own;			/* in threads of others */
};

static struct call_counts add_calls(const struct owner *owner, bool own,
				    struct module_report *report)
{
	struct call_counts counts = {0};
	const struct thread *thread;

	list_for_each(thread, &thread_list, all) {
		for (const struct call *call = thread->calls; call; call = call->outer) {
			if (call->owner != owner->module)
				continue;
			if (!call->own) {
				counts.from_outside++;
				counts.holding += call->flags & CALL_HOLDS ? 1 : 0;
				add_call(call, thread, report);
			} else if (own && thread->owner != owner->module) {
				counts.own++;
				add_own_call(call, thread, report);
			}
		}
	}
	return counts;
}

unsigned owner_calls_stopped(const struct owner *owner)
{
	const struct thread *thread;
	unsigned count = 0;

	list_for_each(thread, &thread_list, all)
		for (const struct call *call = thread->calls; call; call = call->outer)
			count += call->owner == owner->module;
	return count;
}

static unsigned add_threads(const struct owner *owner, struct module_report *report)
{
	const struct thread *thread;
	unsigned count = 0;

	list_for_each(thread, &thread_list, all) {
		if (thread->owner != owner->module)
			continue;
		count++;
		report_line(report, "thread %s (made at %s:%u), %s%s", thread->name,
			    thread->place->file, thread->place->line, thread_state_name(thread),
			    READ_ONCE(thread->stop) ? ", asked to stop" : "");
	}
	return count;
}

static void add_places(const struct owner *owner, struct module_report *report)
{
	const struct owner_trace *trace = &owner->trace;
	unsigned known = min(trace->next, OWNER_TRACE);

	for (unsigned i = 1; i <= known; i++) {
		char text[80];

		ledger_describe(trace->places[(trace->next - i) % OWNER_TRACE], text, sizeof(text));
		report_line(report, "  taken at %s", text);
	}
}

uint64_t owner_holders_stopped(const struct owner *owner, bool own, struct module_report *report)
{
	uint64_t count = list_count(&owner->dependants) + list_count(&owner->spans);
	int64_t bare = owner_references_stopped(owner) - (int64_t)count;
	struct call_counts calls;

	add_dependants(owner, report);
	add_spans(owner, report);
	calls = add_calls(owner, own, report);
	bare -= calls.holding;
	count += calls.holding + calls.own;
	if (own)
		count += add_threads(owner, report);
	if (bare > 0) {
		count += (uint64_t)bare;
		report_line(report, "%ld reference%s by try_module_get", bare,
			    bare == 1 ? "" : "s");
		if (debug_enabled)
			add_places(owner, report);
	} else if (bare < 0) {
		report_line(report, "%ld put%s without get", -bare, bare == -1 ? "" : "s");
	}
	/* A call in a span is in there, but what it holds is the span's. */
	return count > 0 ? count : calls.from_outside;
}

struct holder_request {
	const struct owner *owner;
	struct module_report *report;
};

static int collect_stopped(void *argument)
{
	const struct holder_request *request = argument;

	return owner_holders_stopped(request->owner, true, request->report) > 0;
}

bool owner_holders(const struct owner *owner, struct module_report *report)
{
	struct holder_request request = {owner, report};

	return stop_machine(collect_stopped, &request, NULL);
}

struct sweep {
	struct owner *owner;
	bool quiet;
	const char *objects; /* what is being swept that has no name */
};

static void note(struct sweep *sweep, const char *kind, const char *name, const struct place *place)
{
	if (!sweep->quiet)
		printk(KERN_WARNING "%s: left behind: %s%s%s made at %s:%u; removed\n",
		       sweep->owner->name, kind, *name ? " " : "", name, place ? place->file : "?",
		       place ? place->line : 0);
}

static void note_object(const struct heap_object *object, void *argument)
{
	struct sweep *sweep = argument;
	char size[32];

	format_text(size, sizeof(size), "of %zu bytes", object->size);
	note(sweep, sweep->objects, size, object->place);
}

/* The oldest that nobody is taking out already. */
static struct registration *first_registration(struct owner *owner)
{
	struct registration *registration, *first = NULL;

	spin_lock(&owner->lock);
	list_for_each(registration, &owner->registrations, in_owner)
		if (!first && READ_ONCE(registration->state) != REGISTRATION_GONE)
			first = registration;
	spin_unlock(&owner->lock);
	return first;
}

/* Nobody waits for callers: there are none, or they are a failed owner's, whose memory stays while
 * they are in. */
static void sweep_registrations(struct sweep *sweep)
{
	struct registration *registration;

	while ((registration = first_registration(sweep->owner))) {
		note(sweep, registration->interface->name, registration->name, registration->place);
		registration_detach(registration);
	}
}

/* Its entries belong to modules that depend on it; only force leaves any. */
static void sweep_interfaces(struct sweep *sweep)
{
	for (;;) {
		struct registration *registration;
		struct interface *interface;

		spin_lock(&sweep->owner->lock);
		interface = list_first(&sweep->owner->interfaces, struct interface, in_owner);
		spin_unlock(&sweep->owner->lock);
		if (!interface)
			return;
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

/* How many of its threads have not ended, and the name of one; @ended: one that has. */
static unsigned look_at_threads(const struct owner *owner, struct thread **ended, char *name,
				size_t size)
{
	struct thread *thread;
	unsigned count = 0;
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);

	*ended = NULL;
	list_for_each(thread, &thread_list, all) {
		if (thread->owner != owner->module)
			continue;
		if (READ_ONCE(thread->state) == THREAD_DEAD)
			*ended = thread;
		else if (count++ == 0)
			format_text(name, size, "%s", thread->name);
	}
	spin_unlock_irqrestore(&thread_list_lock, flags);
	return count;
}

unsigned owner_thread_count(const struct owner *owner, char *name, size_t size)
{
	struct thread *ended;

	return look_at_threads(owner, &ended, name, size);
}

/* Threads that have ended by themselves and that nobody has stopped. */
static void sweep_ended_threads(struct sweep *sweep)
{
	struct thread *ended;
	char name[32];

	for (;;) {
		look_at_threads(sweep->owner, &ended, name, sizeof(name));
		if (!ended)
			return;
		note(sweep, "ended thread", ended->name, ended->place);
		thread_stop(ended);
	}
}

static void close_books(struct owner *owner)
{
	spin_lock(&owner->lock);
	owner->flags |= OWNER_SWEEPING;
	spin_unlock(&owner->lock);
}

/* Only what could call into it. */
static void sweep_callbacks(struct sweep *sweep)
{
	close_books(sweep->owner);
	sweep_registrations(sweep);
	sweep_interfaces(sweep);
	sweep_timers(sweep);
}

static int fail_stopped(void *argument)
{
	owner_set_state(argument, MODULE_FAILED);
	return 0;
}

/* Its exit will not run, which would have stopped them. */
static void ask_threads_to_stop(const struct owner *owner)
{
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);
	struct thread *thread;

	list_for_each(thread, &thread_list, all)
		if (thread->owner == owner->module)
			thread_ask_to_stop(thread);
	spin_unlock_irqrestore(&thread_list_lock, flags);
}

static bool fail(struct owner *owner, const char *why)
{
	if (owner->module->state == MODULE_FAILED)
		return false;
	printk(KERN_ERR "%s: failed: %s\n", owner->name, why);
	stop_machine(fail_stopped, owner, NULL);
	ask_threads_to_stop(owner);
	return true;
}

/* In a worker, since the fault may have come in a work of the owner's: that one has returned by
 * now. */
static void finish_failing(struct work *work)
{
	struct sweep sweep = {.owner = container_of(work, struct owner, failing), .quiet = true};

	if (READ_ONCE(sweep.owner->faulted))
		fail(sweep.owner, "it faulted");
	sweep_callbacks(&sweep);
}

void owner_failing_init(struct owner *owner)
{
	work_init(&owner->failing, finish_failing);
}

/*
 * Whoever sweeps may be a worker itself, the one that `failing` is queued for: so it takes over
 * what has not begun. What has begun, on another, waits for the owner's callbacks only.
 */
static void end_failing(struct owner *owner)
{
	if (work_cancel(&owner->failing))
		finish_failing(&owner->failing);
}

void owner_sweep(struct owner *owner)
{
	struct sweep sweep = {.owner = owner, .quiet = false};

	end_failing(owner);
	sweep_callbacks(&sweep);
	end_failing(owner); /* the last of them may have faulted; from here nothing calls it */
	sweep_ended_threads(&sweep);
	sweep.objects = "mapping";
	io_mapping_sweep(owner->module->slot, note_object, &sweep);
	sweep.objects = "memory";
	heap_sweep(owner->module->slot, note_object, &sweep);
}

void owner_fail(struct owner *owner, const char *why)
{
	struct sweep sweep = {.owner = owner, .quiet = true};

	if (!fail(owner, why))
		return;
	close_books(owner);
	sweep_registrations(&sweep);
	work_queue(&owner->failing);
}

void owner_report_registrations(struct owner *owner, const char *prefix,
				struct module_report *report)
{
	const struct registration *registration;

	spin_lock(&owner->lock);
	list_for_each(registration, &owner->registrations, in_owner)
		report_line(report, "%s%s %s at %s:%u%s", prefix, registration->interface->name,
			    registration->name, registration->place->file,
			    registration->place->line,
			    registration->state == REGISTRATION_ACTIVE ? "" : " (reserved)");
	spin_unlock(&owner->lock);
}
