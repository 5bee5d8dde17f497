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
};

/* -ENOENT: it is not for the watchdog. In the stop, since the module is sure to be there only as
 * long as the call is. */
static int describe_call(const struct call *call, struct call_row *row)
{
	const struct registration *registration = call->registration;
	const char *operation = call_operation(call);
	struct module_symbol symbol;

	if (call->owner == THIS_MODULE || strcmp(operation, "thread") == 0)
		return -ENOENT;
	strlcpy(row->module, module_name(call->owner), sizeof(row->module));
	row->gets = owner_gets(call->owner->ledger);
	row->once = strcmp(operation, "init") == 0 || strcmp(operation, "exit") == 0;
	if (row->once && module_symbol_find((uint64_t)call->function, &symbol))
		format_text(row->what, sizeof(row->what), "%s %s", operation, symbol.function);
	else
		format_text(row->what, sizeof(row->what), "%pE%s%pE%s%pE",
			    registration ? registration->interface->name : "",
			    registration ? " " : "", registration ? registration->name : "",
			    registration ? ": " : "", operation);
	return 0;
}

static int find_call_stopped(void *argument)
{
	struct call_search *search = argument;
	const struct thread *thread;

	list_for_each(thread, &thread_list, all)
		if (thread->id == search->thread && call_innermost(thread) &&
		    (uint64_t)thread->calls == search->call)
			return describe_call(thread->calls, search->row);
	return -ENOENT;
}

int call_describe(uint32_t thread, uint64_t call, struct call_row *row)
{
	struct call_search search = {.thread = thread, .call = call, .row = row};

	memset(row, 0, sizeof(*row));
	return stop_machine(find_call_stopped, &search, NULL);
}
EXPORT_SYMBOL(call_describe);
