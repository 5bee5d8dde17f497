/*
 * Who holds an owner: its dependants, open spans, calls in flight; what is left of the sum are bare
 * references. All of it is read in one stop, together with the sum, so that the lines add up. Lists
 * are whole then, since whoever changes them holds a spinlock, and a stop waits for those.
 */
#include <bus/ledger.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/stop.h>
#include <kernel/time.h>

#include <sched/thread.h>

#include "bus_internal.h"

static char *next_line(struct holder_report *report)
{
	unsigned line = report->lines++;

	return line < HOLDER_LINES ? report->text[line] : NULL;
}

#define ADD(report, ...)                                                                           \
	do {                                                                                       \
		char *add_line = next_line(report);                                                \
		if (add_line)                                                                      \
			format_text(add_line, HOLDER_LINE, __VA_ARGS__);                           \
	} while (0)

static void add_dependants(const struct owner *owner, struct holder_report *report)
{
	struct dependency *dependency;

	list_for_each(dependency, &owner->dependants, needing) {
		report->dependants++;
		ADD(report, "module %s depends on it", dependency->from->name);
	}
}

static void add_spans(const struct owner *owner, struct holder_report *report)
{
	struct span *span;

	list_for_each(span, &owner->spans, in_owner) {
		const struct registration *registration = span->registration;

		report->spans++;
		ADD(report, "%s %s (%s at %s:%u) open since %llu.%03llu s",
		    registration->interface->name, span->object, registration->name,
		    registration->place->file, registration->place->line,
		    (unsigned long long)(span->since / TIME_SECOND),
		    (unsigned long long)(span->since % TIME_SECOND / TIME_MS));
	}
}

struct call_search {
	const struct owner *owner;
	const struct registration *registration; /* NULL: any */
	struct holder_report *report;		 /* NULL: only count */
	unsigned all, outside, holding;
};

static void add_call(const struct thread *thread, const struct call *call,
		     struct holder_report *report)
{
	const struct registration *registration = call->registration;

	if (registration)
		ADD(report, "call: %s %s, %s, by thread %s on CPU %d",
		    registration->interface->name, registration->name, call->operation,
		    thread->name, thread->cpu);
	else
		ADD(report, "call: %s, by thread %s on CPU %d", call->operation, thread->name,
		    thread->cpu);
}

static int search_calls(struct thread *thread, void *argument)
{
	struct call_search *search = argument;

	for (const struct call *call = thread->calls; call; call = call->outer) {
		if (search->owner ? call->owner != search->owner->module
				  : call->registration != search->registration)
			continue;
		search->all++;
		if (call->flags & CALL_OWN)
			continue;
		search->outside++;
		search->holding += call->flags & CALL_HOLDS ? 1 : 0;
		if (search->report)
			add_call(thread, call, search->report);
	}
	return 0;
}

unsigned owner_calls_stopped(const struct owner *owner)
{
	struct call_search search = {.owner = owner};

	thread_for_each_stopped(search_calls, &search);
	return search.all;
}

static int count_stopped(void *argument)
{
	thread_for_each_stopped(search_calls, argument);
	return 0;
}

unsigned registration_calls(const struct registration *registration)
{
	struct call_search search = {.registration = registration};

	stop_machine(count_stopped, &search, NULL);
	return search.all;
}

struct thread_search {
	const struct owner *owner;
	struct holder_report *report;
};

static int search_threads(struct thread *thread, void *argument)
{
	struct thread_search *search = argument;

	if (thread->owner != search->owner->module)
		return 0;
	search->report->threads++;
	ADD(search->report, "thread %s (made at %s:%u), %s", thread->name, thread->place->file,
	    thread->place->line, thread_state_name(thread));
	return 0;
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

static void add_places(const struct owner *owner, struct holder_report *report)
{
	const struct owner_trace *trace = &owner->trace;
	unsigned known = min(trace->next, OWNER_TRACE);

	for (unsigned i = 1; i <= known; i++) {
		char text[80];

		ledger_describe(trace->places[(trace->next - i) % OWNER_TRACE], text, sizeof(text));
		ADD(report, "  taken at %s", text);
	}
}

unsigned owner_holders_stopped(const struct owner *owner, bool threads,
			       struct holder_report *report)
{
	struct call_search calls = {.owner = owner, .report = report};
	struct thread_search search = {owner, report};
	unsigned count;

	*report = (struct holder_report){.references = owner_references_stopped(owner)};
	add_dependants(owner, report);
	add_spans(owner, report);
	thread_for_each_stopped(search_calls, &calls);
	report->calls = calls.outside;
	if (threads)
		thread_for_each_stopped(search_threads, &search);
	report->bare = report->references - report->dependants - report->spans - calls.holding;
	if (report->bare > 0) {
		ADD(report, "%lld reference%s by try_module_get", (long long)report->bare,
		    report->bare == 1 ? "" : "s");
		if (debug_enabled)
			add_places(owner, report);
	} else if (report->bare < 0) {
		ADD(report, "%lld put%s without get", -(long long)report->bare,
		    report->bare == -1 ? "" : "s");
	}
	count = report->dependants + report->spans + calls.holding + report->threads +
		(report->bare > 0 ? (unsigned)report->bare : 0);
	/* A call in a span is in there, but what it holds is the span's. */
	return count > 0 ? count : report->calls;
}

struct holder_request {
	const struct owner *owner;
	bool threads;
	struct holder_report *report;
	unsigned holders;
};

static int collect_stopped(void *argument)
{
	struct holder_request *request = argument;

	request->holders = owner_holders_stopped(request->owner, request->threads, request->report);
	return 0;
}

unsigned owner_holders(const struct owner *owner, bool threads, struct holder_report *report)
{
	struct holder_request request = {owner, threads, report, 0};

	stop_machine(collect_stopped, &request, NULL);
	return request.holders;
}
