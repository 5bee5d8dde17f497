/*
 * Stops the machine over and over (`on 0 stop_storm`) until a thread on CPU 1 has counted up and
 * has then stopped the machine itself, or until STOPS are over. Prints how many stops that were,
 * and how many came between that thread's wish to stop the machine and its stop.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/stop.h>
#include <kernel/thread.h>

MODULE_LICENSE("MIT");

#define STOPS 5000u
#define FIRST 100u /* stops, before it counts */
#define COUNT 1000000u

static volatile unsigned counted;
static unsigned stops; /* [S] */
static unsigned waited;
static bool begun, over;

static int count_stop(void *unused)
{
	stops++;
	return 0;
}

static int run_other(void *unused)
{
	unsigned before;

	WRITE_ONCE(begun, true);
	while (READ_ONCE(stops) < FIRST)
		;
	while (counted < COUNT)
		counted++;
	before = READ_ONCE(stops);
	stop_machine(count_stop, NULL, NULL);
	waited = stops - before - 1;
	WRITE_ONCE(over, true);
	return 0;
}

static int run(struct command_call *call)
{
	struct thread *other;

	counted = stops = 0;
	begun = over = false;
	other = thread_create_on(1, run_other, NULL, "stop_storm");
	if (!other)
		return -ENOMEM;
	while (!READ_ONCE(begun))
		thread_yield();
	for (unsigned i = 0; i < STOPS && !READ_ONCE(over); i++)
		stop_machine(count_stop, NULL, NULL);
	if (READ_ONCE(over))
		command_print(call, "stop_storm: over after %u stops, waited for %u\n", stops,
			      waited);
	else
		command_print(call, "stop_storm: not over after %u stops\n", stops);
	thread_stop(other);
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "stop_storm", .operations = &operations};

static int __init stop_storm_init(void)
{
	return command_register(&command);
}

static void stop_storm_exit(void)
{
	command_unregister(&command);
}

module_init(stop_storm_init);
module_exit(stop_storm_exit);
