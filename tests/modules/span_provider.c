/*
 * Defines an interface and keeps a span open on an entry of another module in it. `span open`,
 * `span call` prints what a call in the span answers, `span close`, `span fault`, `span wait`
 * begins a call in the entry and stays in it until the gate of rules_gate opens. `span end` waits
 * until the sweep of this module, which has failed, is at its interface, and unregisters that.
 */
#include "span_interface.h"

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "rules_gate.h"
#include "rules_words.h"

MODULE_LICENSE("MIT");

struct interface spanned_interface = {
    .name = "spanned",
    INTERFACE_OPERATIONS("run"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
};
EXPORT_SYMBOL(spanned_interface);

static struct span span;
static volatile uintptr_t nowhere = 8;

static int open_span(void)
{
	struct call call;
	int error = call_begin_by_name(&call, &spanned_interface, "entry", OPERATION(spanned, run));

	if (error)
		return error;
	error = span_open(&span, call.registration, "an object");
	call_end(&call);
	return error;
}

static int wait_in_call(void)
{
	struct call call;
	int error = call_begin_by_name(&call, &spanned_interface, "entry", OPERATION(spanned, run));

	if (error)
		return error;
	gate_pass();
	call_end(&call);
	return 0;
}

static int end_beside_the_sweep(void)
{
	while (!READ_ONCE(spanned_interface.claimant))
		time_sleep(TIME_MS);
	printk(KERN_INFO "span_provider: unregisters its interface\n");
	printk(KERN_INFO "span_provider: has unregistered it: %d\n",
	       interface_unregister(&spanned_interface));
	return 0;
}

static int run(struct command_call *call)
{
	if (word_is(call, 1, "open"))
		return open_span();
	if (word_is(call, 1, "end"))
		return end_beside_the_sweep();
	if (word_is(call, 1, "wait"))
		return wait_in_call();
	if (word_is(call, 1, "call"))
		command_print(call, "%d\n", (int)span_call(&span, OPERATION(spanned, run), NULL));
	else if (word_is(call, 1, "close"))
		span_close(&span);
	else if (word_is(call, 1, "fault"))
		*(volatile int *)nowhere = 1;
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "span", .operations = &operations};

static int __init span_provider_init(void)
{
	int error = interface_register(&spanned_interface);

	if (error)
		return error;
	error = command_register(&command);
	if (error)
		interface_unregister(&spanned_interface);
	return error;
}

static void span_provider_exit(void)
{
	command_unregister(&command);
	interface_unregister(&spanned_interface);
}

module_init(span_provider_init);
module_exit(span_provider_exit);
