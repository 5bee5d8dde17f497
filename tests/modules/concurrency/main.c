/*
 * Stop, threads, locks, timers and work, from inside: `concurrency NAME [ROUNDS]`; without a name
 * it lists them. The bus and the module mechanism have tests of their own.
 */
#include "concurrency.h"

#include <string.h>

#include <lib/parse.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

MODULE_LICENSE("MIT");

static struct thread *crew[CPUS_MOST];
static unsigned crew_size, crew_over;

int wrong(struct command_call *call, const char *what, uint64_t is, uint64_t wanted)
{
	command_print(call, "%s: %llu instead of %llu\n", what, (unsigned long long)is,
		      (unsigned long long)wanted);
	return -EIO;
}

int crew_start(int (*function)(void *number))
{
	WRITE_ONCE(crew_over, 0);
	for (crew_size = 0; crew_size < min(cpu_count(), CPUS_MOST + 0u); crew_size++) {
		crew[crew_size] = thread_create_on(
		    (int)crew_size, function, (void *)(uint64_t)crew_size, "crew/%u", crew_size);
		if (!crew[crew_size]) {
			crew_stop();
			return -ENOMEM;
		}
	}
	return 0;
}

bool crew_is_needed(void)
{
	return READ_ONCE(crew_over) == 0;
}

void crew_stop(void)
{
	WRITE_ONCE(crew_over, 1);
	while (crew_size > 0)
		thread_stop(crew[--crew_size]);
}

static const struct test *const suites[] = {stop_tests, thread_tests, time_tests};

static int list_tests(struct command_call *call)
{
	for (unsigned i = 0; i < ARRAY_SIZE(suites); i++) {
		for (const struct test *test = suites[i]; test->name; test++)
			command_print(call, "%s\n", test->name);
	}
	return 0;
}

static const struct test *find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(suites); i++) {
		for (const struct test *test = suites[i]; test->name; test++) {
			if (strcmp(test->name, name) == 0)
				return test;
		}
	}
	return NULL;
}

static int run(struct command_call *call)
{
	const struct test *test;
	uint64_t rounds = 100;
	int error;

	if (call->argc < 2)
		return list_tests(call);
	test = find(call->argv[1]);
	if (!test)
		return command_fail(call, call->argv[1], -ENOENT, "no such test");
	if (call->argc > 2 &&
	    parse_integer(call->argv[2], strlen(call->argv[2]), 1, UINT32_MAX, &rounds) != 0)
		return command_fail(call, call->argv[2], -EINVAL, "not a number");
	error = test->run(call, (unsigned)rounds);
	return error ? command_fail(call, test->name, error, "failed") : 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {
    .name = "concurrency",
    .usage = "[NAME [ROUNDS]]",
    .help = "tests of stop, threads, locks, timers and work",
    .operations = &operations,
};

static int start(void)
{
	return command_register(&command);
}

static void end(void)
{
	command_unregister(&command);
}

module_init(start);
module_exit(end);
