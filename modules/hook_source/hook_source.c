/*
 * A source of messages, for hooks to hang on: one thread a CPU pushes messages through the point
 * `messages` as fast as it is told to. Counts are per CPU and added up by the command.
 */
#include <hook_source/hook_source.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Pushes messages from every CPU through the hook point `messages`");
MODULE_VERSION("1.0");

static unsigned burst = 100;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "messages that each CPU pushes each millisecond");

struct hook_point messages = HOOK_POINT_INIT("messages");
EXPORT_SYMBOL(messages);

static DEFINE_PER_CPU(uint64_t, passed);
static DEFINE_PER_CPU(uint64_t, refused);
static struct thread **pushers; /* [I] one a CPU */

/* The thread is bound to its CPU, so the counters it touches are always the same. */
static int push(void *cpu)
{
	struct message message = {.cpu = (unsigned)(uintptr_t)cpu};

	do {
		for (unsigned i = 0; i < burst; i++) {
			message.number++;
			if (hook_run(&messages, &message) == HOOK_DROP)
				this_cpu_inc(refused);
			else
				this_cpu_inc(passed);
		}
	} while (!thread_sleep_until_stop(time_now() + TIME_MS));
	return 0;
}

static int source_run(struct command_call *call)
{
	uint64_t all_passed = 0, all_refused = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		all_passed += READ_ONCE(per_cpu(passed, cpu));
		all_refused += READ_ONCE(per_cpu(refused, cpu));
	}
	command_print(call, "passed %llu\nrefused %llu\n", (unsigned long long)all_passed,
		      (unsigned long long)all_refused);
	return 0;
}

static const struct command_operations source_operations = {.run = source_run};
static struct command source_command = {
    .name = "hook_source",
    .help = "prints how many messages hooks have passed and refused",
    .operations = &source_operations,
};

static void stop_pushers(void)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		if (pushers[cpu])
			thread_stop(pushers[cpu]);
	heap_free(pushers);
}

static int __init start_pushers(void)
{
	pushers = heap_alloc_zeroed(cpu_count() * sizeof(*pushers));
	if (!pushers)
		return -ENOMEM;
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		pushers[cpu] =
		    thread_create_on((int)cpu, push, (void *)(uintptr_t)cpu, "hook_source/%u", cpu);
		if (!pushers[cpu]) {
			stop_pushers();
			return -ENOMEM;
		}
	}
	return 0;
}

static int __init source_init(void)
{
	int error = hook_point_register(&messages);

	if (error)
		return error;
	error = command_register(&source_command);
	if (error)
		goto no_command;
	error = start_pushers();
	if (error)
		goto no_threads;
	return 0;
no_threads:
	command_unregister(&source_command);
no_command:
	hook_point_unregister(&messages);
	return error;
}

static void source_exit(void)
{
	stop_pushers();
	command_unregister(&source_command);
	hook_point_unregister(&messages);
}

module_init(source_init);
module_exit(source_exit);
