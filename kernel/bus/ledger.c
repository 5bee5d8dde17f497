/*
 * The ledger: what holds an owner. Its dependants, open spans, calls in flight; what is left of the
 * sum are bare references. All of it is read in one stop, together with the sum, so that the lines
 * add up. Lists are whole then, since they are changed with a spinlock held, and a stop waits for
 * those. What an owner leaves behind is taken away in sweep.c.
 */
#include <bus/ledger.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/stop.h>
#include <kernel/time.h>

#include <sched/thread.h>
#include <bus/call.h>

#include "bus_internal.h"
#include "callback.h"

static void add_dependants(const struct owner *owner, struct module_report *report)
{
	struct dependency *dependency;

	list_for_each(dependency, &owner->dependants, needing)
		report_line(report, "module %s depends on it", dependency->from->name);
}

static void add_spans(const struct owner *owner, struct module_report *report)
{
	const struct open_span *span;

	list_for_each(span, &owner->spans, in_owner) {
		const struct registration *registration = span->registration;

		report_line(report, "%pE %pE (%pE at %pE:%u) open since %llu.%03llu s",
			    registration->interface->name, span->object, registration->name,
			    registration->place->file, registration->place->line,
			    (unsigned long long)(span->since / TIME_SECOND),
			    (unsigned long long)(span->since % TIME_SECOND / TIME_MS));
	}
}

static void add_call(const struct call *call, const struct thread *thread,
		     struct module_report *report)
{
	const struct registration *registration = call->cut ? NULL : call->registration;
	char what[160];

	if (call->own)
		code_describe((uint64_t)call->function, what, sizeof(what));
	else if (registration)
		format_text(what, sizeof(what), "%pE %pE, %pE", registration->interface->name,
			    registration->name, call_operation(call));
	else
		strlcpy(what, call_operation(call), sizeof(what));
	report_line(report, "%s %s, by thread %s on CPU %d", call->own ? call->own : "call:", what,
		    thread->name, thread->cpu);
}

struct call_counts {
	unsigned all;
	unsigned holding; /* a reference of their own */
	unsigned own;	  /* the owner's business, in threads of others */
};

static struct call_counts add_calls(const struct owner *owner, bool own,
				    struct module_report *report)
{
	struct call_counts counts = {0};
	const struct thread *thread;
	const struct call *call;

	for_each_call(thread, call)
	{
		if (call->owner != owner->handle ||
		    (call->own && (!own || thread->owner == owner->handle)))
			continue;
		counts.all++;
		counts.holding += (call->flags & CALL_HOLDS) != 0;
		counts.own += call->own != NULL;
		add_call(call, thread, report);
	}
	return counts;
}

unsigned owner_calls_stopped(const struct owner *owner)
{
	const struct thread *thread;
	const struct call *call;
	unsigned count = 0;

	for_each_call(thread, call) count += call->owner == owner->handle;
	return count;
}

static unsigned add_threads(const struct owner *owner, struct module_report *report)
{
	const struct thread *thread;
	unsigned count = 0;

	list_for_each(thread, &thread_list, all) {
		if (thread->owner != owner->handle)
			continue;
		count++;
		report_line(report, "thread %s (made at %pE:%u), %s%s", thread->name,
			    thread->place->file, thread->place->line, thread_state_name(thread),
			    READ_ONCE(thread->stop) ? ", asked to stop" : "");
	}
	return count;
}

struct request {
	const struct owner *owner;
	struct module_report *report;
	const char *prefix; /* of registrations */
	bool own;	    /* of holders, and how many there are */
	uint64_t count;
};

static int add_holders(void *argument)
{
	struct request *request = argument;
	struct module_report *report = request->report;
	const struct owner *owner = request->owner;
	uint64_t count = list_count(&owner->dependants) + list_count(&owner->spans);
	int64_t bare = owner_references_stopped(owner) - (int64_t)count;
	struct call_counts calls;

	add_dependants(owner, report);
	add_spans(owner, report);
	calls = add_calls(owner, request->own, report);
	bare -= calls.holding;
	count += calls.holding + calls.own;
	if (request->own)
		count += add_threads(owner, report);
	if (bare > 0) {
		count += (uint64_t)bare;
		report_line(report, "%ld reference%s by try_module_get", bare,
			    bare == 1 ? "" : "s");
		reference_report_gets(owner, report);
	} else if (bare < 0) {
		report_line(report, "%ld put%s without get", -bare, bare == -1 ? "" : "s");
	}
	/* A call in a span is in there, but what it holds is the span's. */
	request->count = count > 0 ? count : calls.all;
	return 0;
}

uint64_t owner_holders_stopped(struct owner *owner, bool own, struct module_report *report)
{
	struct request request = {owner, report, .own = own, .count = 1};

	callback_at(owner, add_holders, &request);
	return request.count;
}

bool owner_holders(struct owner *owner, struct module_report *report)
{
	struct request request = {owner, report, .own = true, .count = 1};

	stop_machine_for(owner->handle, add_holders, &request, NULL);
	return request.count > 0;
}

static int add_registrations(void *argument)
{
	const struct request *request = argument;
	const struct registration *registration;

	list_for_each(registration, &request->owner->registrations, in_owner)
		report_line(request->report, "%s%pE %pE at %pE:%u%s", request->prefix,
			    registration->interface->name, registration->name,
			    registration->place->file, registration->place->line,
			    registration->state == REGISTRATION_ACTIVE ? "" : " (reserved)");
	return 0;
}

void owner_report_registrations(struct owner *owner, const char *prefix,
				struct module_report *report)
{
	struct request request = {owner, report, .prefix = prefix};

	stop_machine_for(owner->handle, add_registrations, &request, NULL);
}
