/*
 * What the rules cost, as lines of figures: `rules_bench calls` measures calls into
 * rules_bench_target, bare and held in each way there is; `rules_bench since` takes the time since
 * that module was about to fault; `rules_bench faults` prints those, `rules_bench stops` how long
 * the machine has stood still at most since boot. `rules_bench begun` faults in a call.
 */
#include "rules_bench.h"

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define BATCH 20000u
#define SAMPLES 15u

struct interface rules_entry_interface = {
    .name = "rules_entry",
    INTERFACE_OPERATIONS("operate"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
};
EXPORT_SYMBOL(rules_entry_interface);

struct samples {
	uint64_t value[SAMPLES]; /* ascending */
	unsigned count;
};

static void samples_add(struct samples *samples, uint64_t value)
{
	unsigned at = samples->count;

	if (at == SAMPLES)
		return;
	for (; at > 0 && samples->value[at - 1] > value; at--)
		samples->value[at] = samples->value[at - 1];
	samples->value[at] = value;
	samples->count++;
}

static void samples_print(struct command_call *call, const char *name,
			  const struct samples *samples)
{
	if (samples->count > 0)
		command_print(call, "bench %s cpus=%u unit=ns value=%llu min=%llu max=%llu\n", name,
			      cpu_count(), (unsigned long long)samples->value[samples->count / 2],
			      (unsigned long long)samples->value[0],
			      (unsigned long long)samples->value[samples->count - 1]);
}

static struct {
	struct registration *registration;
	struct rules_entry *entry;
	struct span span;
} target;

static void call_bare(void)
{
	/* bare: what the others are compared with; a call in rules_bench holds the target */
	target.entry->operations->operate(target.entry);
}

static void call_held(void)
{
	if (!try_module_get(target.registration->owner))
		return;
	call_bare();
	module_put(target.registration->owner);
}

static void call_guarded(void)
{
	struct call call;

	if (call_begin(&call, target.registration, OPERATION(rules_entry, operate)))
		return;
	call_through(&call, target.entry);
	call_end(&call);
}

static void call_named(void)
{
	struct call call;

	if (call_begin_by_name(&call, &rules_entry_interface, "target",
			       OPERATION(rules_entry, operate)))
		return;
	call_through(&call, target.entry);
	call_end(&call);
}

static void call_in_span(void)
{
	span_call(&target.span, OPERATION(rules_entry, operate), target.entry);
}

static const struct {
	const char *name;
	void (*call)(void);
} ways[] = {
    {"rules_call_bare", call_bare},	  {"rules_call_get_put", call_held},
    {"rules_call_in_span", call_in_span}, {"rules_call_guarded", call_guarded},
    {"rules_call_by_name", call_named},
};

static void measure(struct command_call *call, unsigned way)
{
	struct samples samples = {.count = 0};

	for (unsigned sample = 0; sample < SAMPLES; sample++) {
		uint64_t start = time_now();

		for (unsigned i = 0; i < BATCH; i++)
			ways[way].call(); /* bare: a table of this module's own functions */
		samples_add(&samples, (time_now() - start) / BATCH);
	}
	samples_print(call, ways[way].name, &samples);
}

/* In a call of its own, so that the target stays while bare calls go there. */
static int calls(struct command_call *command)
{
	struct call call;
	int error = call_begin_by_name(&call, &rules_entry_interface, "target",
				       OPERATION(rules_entry, operate));

	if (error)
		return command_fail(command, "target", error, "load rules_bench_target");
	target.registration = call.registration;
	target.entry = container_of(call.registration, struct rules_entry, registration);
	error = span_open(&target.span, call.registration, "bench");
	for (unsigned way = 0; way < ARRAY_SIZE(ways) && !error; way++)
		measure(command, way);
	if (!error)
		span_close(&target.span);
	call_end(&call);
	return error;
}

/* Breaks off in the middle: the reference of a call that has begun is held. */
static int fault_with_a_call_begun(void)
{
	static volatile uintptr_t nowhere = 8;
	struct call call;
	int error = call_begin_by_name(&call, &rules_entry_interface, "target",
				       OPERATION(rules_entry, operate));

	return error ? error : *(volatile int *)nowhere;
}

static uint64_t mark;
static struct samples since;

void rules_bench_mark(void)
{
	mark = time_now();
}
EXPORT_SYMBOL(rules_bench_mark);

static void print_stops(struct command_call *call)
{
	struct stop_statistics statistics;

	stop_statistics(&statistics);
	command_print(call, "bench rules_longest_stop cpus=%u unit=ns value=%llu stops=%llu\n",
		      cpu_count(), (unsigned long long)statistics.longest,
		      (unsigned long long)statistics.count);
}

static int bench_run(struct command_call *call)
{
	if (word_is(call, 1, "calls"))
		return calls(call);
	if (word_is(call, 1, "begun"))
		return fault_with_a_call_begun();
	if (word_is(call, 1, "since"))
		samples_add(&since, time_now() - mark);
	else if (word_is(call, 1, "faults"))
		samples_print(call, "rules_fault_to_next_command", &since);
	else
		print_stops(call);
	return 0;
}

static const struct command_operations operations = {.run = bench_run};
static struct command command = {.name = "rules_bench", .operations = &operations};

static int __init bench_init(void)
{
	int error = interface_register(&rules_entry_interface);

	return error ? error : command_register(&command);
}

static void bench_exit(void)
{
	command_unregister(&command);
	interface_unregister(&rules_entry_interface);
}

module_init(bench_init);
module_exit(bench_exit);
