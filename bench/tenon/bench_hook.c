/*
 * One message through a chain of eight hooks of four modules, as every user of a hook point sends
 * it, against a loop over an array of the same eight functions that does nothing but call them. The
 * two take turns round by round.
 */
#include "bench.h"
#include "hook_point.h"

#define ROUNDS 31
#define MESSAGES 20000
#define HOOKS 8

struct hook_point bench_messages = HOOK_POINT_INIT("bench_messages");
EXPORT_SYMBOL(bench_messages);

static bench_callback *bare[HOOKS];
static unsigned bare_count;
static struct bench_series through_hooks, bare_calls, empty_point;
static struct hook_point empty = HOOK_POINT_INIT("bench_empty");

int bench_bare_add(bench_callback *callback)
{
	if (bare_count == HOOKS)
		return -ENOSPC;
	bare[bare_count++] = callback;
	return 0;
}
EXPORT_SYMBOL(bench_bare_add);

static __attribute__((__noinline__)) void call_bare(struct bench_message *message)
{
	unsigned i;

	for (i = 0; i < HOOKS; i++)
		bare[i](NULL, message);
}

static uint64_t time_hooks(struct hook_point *point, struct bench_message *message)
{
	uint64_t begin = bench_now();
	unsigned i;

	for (i = 0; i < MESSAGES; i++)
		hook_run(point, message);
	return bench_now() - begin;
}

static uint64_t time_bare(struct bench_message *message)
{
	uint64_t begin = bench_now();
	unsigned i;

	for (i = 0; i < MESSAGES; i++)
		call_bare(message);
	return bench_now() - begin;
}

static int measure(struct bench_out *out, unsigned unused)
{
	struct bench_message message = {0};
	unsigned round;

	if (bare_count != HOOKS)
		return -ENODEV;
	bench_series_begin(&through_hooks, "hook", bench_cpus(), MESSAGES);
	bench_series_begin(&bare_calls, "hook_bare", bench_cpus(), MESSAGES);
	bench_series_begin(&empty_point, "hook_empty", bench_cpus(), MESSAGES);
	for (round = 0; round < ROUNDS; round++) {
		bench_series_add(&through_hooks, time_hooks(&bench_messages, &message));
		bench_series_add(&bare_calls, time_bare(&message));
		bench_series_add(&empty_point, time_hooks(&empty, &message));
	}
	if (message.seen != 2ull * ROUNDS * MESSAGES * HOOKS)
		return -EIO;
	bench_series_print(&through_hooks, out);
	bench_series_print(&bare_calls, out);
	bench_series_print(&empty_point, out);
	return 0;
}

static int hook_bench_run(struct command_call *call)
{
	struct bench_out out = {call};
	int err = measure(&out, 0);

	return err == 0 ? 0 : command_fail(call, "hooks", err, "%s", errno_text(err));
}

static const struct command_operations operations = {.run = hook_bench_run};
static struct command command = {.name = "bench_hook", .operations = &operations};

static int __init hook_bench_init(void)
{
	int err = hook_point_register(&bench_messages);

	if (err != 0)
		return err;
	err = command_register(&command);
	if (err != 0)
		hook_point_unregister(&bench_messages);
	return err;
}

static void hook_bench_exit(void)
{
	command_unregister(&command);
	hook_point_unregister(&bench_messages);
}

module_init(hook_bench_init);
module_exit(hook_bench_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Measures a chain of hooks against bare indirect calls");
