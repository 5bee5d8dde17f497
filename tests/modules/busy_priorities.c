/*
 * Three threads on CPU 1, one of each priority, none of which ever waits. `busy_priorities` ends
 * when each has gone on twice, after all were seen to run; it does not look at the clock.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

#define ROUNDS 2

static uint64_t counts[THREAD_PRIORITIES];
static uint32_t end;

static int spin(void *argument)
{
	unsigned priority = (unsigned)(uint64_t)argument;

	thread_set_priority((enum thread_priority)priority);
	thread_yield();
	while (!READ_ONCE(end))
		WRITE_ONCE(counts[priority], counts[priority] + 1);
	return 0;
}

static void wait_for_each(void)
{
	for (unsigned i = 0; i < THREAD_PRIORITIES; i++) {
		uint64_t before = READ_ONCE(counts[i]);

		while (READ_ONCE(counts[i]) == before)
			time_sleep(TIME_MS);
	}
}

static int busy_run(struct command_call *call)
{
	struct thread *threads[THREAD_PRIORITIES];

	thread_set_cpu(0);
	WRITE_ONCE(end, 0);
	for (unsigned i = 0; i < THREAD_PRIORITIES; i++)
		threads[i] = thread_create_on(1, spin, (void *)(uint64_t)i, "spin/%u", i);
	for (unsigned round = 0; round < ROUNDS; round++)
		wait_for_each();
	WRITE_ONCE(end, 1);
	for (unsigned i = 0; i < THREAD_PRIORITIES; i++) {
		if (threads[i])
			thread_stop(threads[i]);
	}
	thread_set_cpu(THREAD_ANY_CPU);
	command_print(call, "each priority went on\n");
	return 0;
}

static const struct command_operations operations = {.run = busy_run};
static struct command command = {.name = "busy_priorities", .operations = &operations};

static int __init busy_init(void)
{
	return command_register(&command);
}

static void busy_exit(void)
{
	command_unregister(&command);
}

module_init(busy_init);
module_exit(busy_exit);
