/*
 * Which call a thread is in. A record of a call may go at any moment but while the machine is
 * stopped, and the module is sure to be there only as long as the call is: all is copied in a stop.
 */
#include "watchdog.h"

#include <string.h>

#include <lib/format.h>

#include <kernel/bus.h>
#include <kernel/statistics.h>
#include <kernel/stop.h>

static const char *operation_of(const struct call *call)
{
	if (call->registration && !call->cut)
		return call->registration->interface->operations[call->operation];
	return call->own ? call->own : "cut off";
}

/* "init hello_init", from "hello:hello_init+0x0". */
static void describe_own(struct call_look *look, const struct call *call, const char *operation)
{
	char code[160];
	const char *function;

	code_describe((uint64_t)call->function, code, sizeof(code));
	function = strchr(code, ':');
	function = function ? function + 1 : code;
	format_text(look->what, sizeof(look->what), "%s %.*s", operation,
		    (int)strcspn(function, "+"), function);
}

static void describe(struct call_look *look, const struct call *call)
{
	const struct registration *registration = call->registration;
	const char *operation = operation_of(call);

	strlcpy(look->module, module_name(call->owner), sizeof(look->module));
	look->serial = call->serial;
	look->once = strcmp(operation, "init") == 0 || strcmp(operation, "exit") == 0;
	if (look->once)
		describe_own(look, call, operation);
	else
		format_text(look->what, sizeof(look->what), "%pE%s%pE%s%pE",
			    registration ? registration->interface->name : "",
			    registration ? " " : "", registration ? registration->name : "",
			    registration ? ": " : "", operation);
}

/* The kernel's own calls and the functions of threads are not for the watchdog. */
static int look_stopped(void *argument)
{
	struct call_look *look = argument;
	const struct call *call = thread_call_stopped(look->thread);

	if (!call || (uint64_t)call != look->call || call->owner->slot == 0 ||
	    strcmp(operation_of(call), "thread") == 0)
		return -ENOENT;
	describe(look, call);
	return 0;
}

int call_look(uint32_t thread, uint64_t call, struct call_look *look)
{
	*look = (struct call_look){.thread = thread, .call = call};
	return stop_machine(look_stopped, look, NULL);
}
