/*
 * The ledger: who holds an owner. Its dependants, open spans, calls in flight; what is left of the
 * sum are bare references. All of it is read in one stop, together with the sum, so that the lines
 * add up. Lists are whole then, since they are changed with a spinlock held, and a stop waits for
 * those. What an owner leaves behind is taken away in sweep.c.
 */
#include <bus/ledger.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/stop.h>
#include <kernel/time.h>

#include <log/misuse.h>
#include <sched/thread.h>
#include <bus/blame.h>
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

		report_line(report, "%pE %pE (%pE at %s:%u) open since %llu.%03llu s",
			    registration->interface->name, span->object, registration->name,
			    registration->place->file, registration->place->line,
			    (unsigned long long)(span->since / TIME_SECOND),
			    (unsigned long long)(span->since % TIME_SECOND / TIME_MS));
	}
}

static void add_own_call(const struct call *call, const struct thread *thread,
			 struct module_report *report)
{
	char function[80];

	code_describe((uint64_t)call->function, function, sizeof(function));
	report_line(report, "%s%s %s, by thread %s on CPU %d", call->own,
		    strcmp(call->own, "work") == 0 ? " item" : "", function, thread->name,
		    thread->cpu);
}

static void add_call(const struct call *call, const struct thread *thread,
		     struct module_report *report)
{
	const struct registration *registration = call->cut ? NULL : call->registration;

	report_line(report, "call: %pE%s%pE%s%pE, by thread %s on CPU %d",
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
	const struct call *call;

	for_each_call(thread, call)
	{
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
	return counts;
}

unsigned owner_calls_stopped(const struct owner *owner)
{
	const struct thread *thread;
	const struct call *call;
	unsigned count = 0;

	for_each_call(thread, call) count += call->owner == owner->module;
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

uint64_t owner_holders_stopped(const struct owner *owner, bool own, struct module_report *report)
{
	struct module *before = blame_begin(owner->module);
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
			reference_report_gets(owner, report);
	} else if (bare < 0) {
		report_line(report, "%ld put%s without get", -bare, bare == -1 ? "" : "s");
	}
	blame_end(before);
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

void owner_report_registrations(struct owner *owner, const char *prefix,
				struct module_report *report)
{
	const struct registration *registration;

	spin_lock(&owner->lock);
	list_for_each(registration, &owner->registrations, in_owner)
		report_line(report, "%s%pE %pE at %s:%u%s", prefix, registration->interface->name,
			    registration->name, registration->place->file,
			    registration->place->line,
			    registration->state == REGISTRATION_ACTIVE ? "" : " (reserved)");
	spin_unlock(&owner->lock);
}
