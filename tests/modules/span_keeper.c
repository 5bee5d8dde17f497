/*
 * Opens spans on the entry of span_consumer and forgets them: `keep open` in data, `keep stack` in
 * a frame that is gone, `keep freed` in memory that it writes over and frees. `keep close` closes
 * the one in data, `keep fault` makes the module fail.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>

#include "rules_words.h"
#include "span_interface.h"

MODULE_LICENSE("MIT");

static struct span span;
static volatile uintptr_t nowhere = 8;

static int open_span(struct span *opened, const char *object)
{
	struct call call;
	int error = call_begin_by_name(&call, &spanned_interface, "entry", OPERATION(spanned, run));

	if (error)
		return error;
	error = span_open(opened, call.registration, object);
	call_end(&call);
	return error;
}

static __noinline int open_on_stack(void)
{
	struct span gone = {0};
	int error = open_span(&gone, "of a frame");

	memset(&gone, 0x41, sizeof(gone));
	nowhere = 8;
	return error;
}

static int open_and_free(void)
{
	char *object = heap_alloc(sizeof("of the heap"));
	struct span *freed = heap_alloc_zeroed(sizeof(*freed));
	int error = -ENOMEM;

	if (object && freed) {
		strlcpy(object, "of the heap", sizeof("of the heap"));
		error = open_span(freed, object);
		memset(object, 0x41, sizeof("of the heap"));
		memset(freed, 0x41, sizeof(*freed));
	}
	heap_free(object);
	heap_free(freed);
	return error;
}

static int run(struct command_call *call)
{
	if (word_is(call, 1, "open"))
		return open_span(&span, "of data");
	if (word_is(call, 1, "stack"))
		return open_on_stack();
	if (word_is(call, 1, "freed"))
		return open_and_free();
	if (word_is(call, 1, "close"))
		span_close(&span);
	else if (word_is(call, 1, "fault"))
		*(volatile int *)nowhere = 1;
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "keep", .operations = &operations};

static int __init span_keeper_init(void)
{
	return command_register(&command);
}

static void span_keeper_exit(void)
{
	command_unregister(&command);
}

module_init(span_keeper_init);
module_exit(span_keeper_exit);
