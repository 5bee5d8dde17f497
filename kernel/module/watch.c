/*
 * What the watchdog asks: which call a thread is in. A call record may go at any moment but while
 * the machine is stopped.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/bus.h>
#include <kernel/statistics.h>
#include <kernel/stop.h>

#include <bus/call.h>
#include <module/module.h>
#include <sched/thread.h>

#include "module_internal.h"

struct call_search {
	uint32_t thread;
	uint64_t call;
	struct call_row *row;
	const char *operation;
	uint64_t function; /* init or exit, or 0 */
};

/* -ENOENT: it is not for the watchdog. */
static int describe_call(const struct call *call, struct call_search *search)
{
	const struct registration *registration = call->registration;
	const char *operation = call_operation(call);
	struct call_row *row = search->row;

	if (call->owner == THIS_MODULE || strcmp(operation, "thread") == 0)
		return -ENOENT;
	strlcpy(row->module, module_name(call->owner), sizeof(row->module));
	row->gets = owner_gets(call->owner->owner);
	row->once = strcmp(operation, "init") == 0 || strcmp(operation, "exit") == 0;
	search->function = row->once ? (uint64_t)call->function : 0;
	search->operation = operation;
	format_text(row->what, sizeof(row->what), "%s%s%s%s%s",
		    registration ? registration->interface->name : "", registration ? " " : "",
		    registration ? registration->name : "", registration ? ": " : "", operation);
	return 0;
}

static int find_call_stopped(void *argument)
{
	struct call_search *search = argument;
	const struct thread *thread;

	list_for_each(thread, &thread_list, all)
		if (thread->id == search->thread && (uint64_t)thread->calls == search->call)
			return describe_call(thread->calls, search);
	return -ENOENT;
}

int call_describe(uint32_t thread, uint64_t call, struct call_row *row)
{
	struct call_search search = {.thread = thread, .call = call, .row = row};
	struct module_symbol symbol;

	if (stop_machine(find_call_stopped, &search, NULL))
		return -ENOENT;
	if (search.function && module_symbol_find(search.function, &symbol))
		format_text(row->what, sizeof(row->what), "%s %s", search.operation,
			    symbol.function);
	return 0;
}
EXPORT_SYMBOL(call_describe);
