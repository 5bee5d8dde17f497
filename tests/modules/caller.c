/*
 * A thread on each CPU but the first calls the command `answerer` through the bus without pause,
 * and checks each answer: either the command is absent, or it is right. `caller` prints the sums.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/stream.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

#define CALLERS 64

static unsigned rest;
module_param(rest, uint, 0444);

struct caller {
	struct thread *thread;
	uint64_t right, absent, wrong; /* [A] its thread's alone */
};

static struct caller callers[CALLERS];

static int call_again_and_again(void *argument)
{
	struct caller *caller = argument;
	struct stream nowhere = {.terminal = NULL};
	char name[] = "answerer";
	char *words[] = {name};

	for (int round = 1; !thread_should_stop(); round = round % 1000 + 1) {
		struct command_call call = {
		    .argc = round, .argv = words, .out = &nowhere, .errors = &nowhere};
		int error = command_run(&call);

		if (error == 0 && call.argc == round * 3 + 1)
			WRITE_ONCE(caller->right, caller->right + 1);
		else if (error == -ENOENT && call.argc == round)
			WRITE_ONCE(caller->absent, caller->absent + 1);
		else
			WRITE_ONCE(caller->wrong, caller->wrong + 1);
		if (rest)
			time_sleep(rest * TIME_US);
	}
	return 0;
}

static int caller_run(struct command_call *call)
{
	uint64_t right = 0, absent = 0, wrong = 0;

	for (unsigned i = 0; i < CALLERS; i++) {
		right += READ_ONCE(callers[i].right);
		absent += READ_ONCE(callers[i].absent);
		wrong += READ_ONCE(callers[i].wrong);
	}
	command_print(call, "right %llu absent %llu wrong %llu\n", (unsigned long long)right,
		      (unsigned long long)absent, (unsigned long long)wrong);
	return 0;
}

static const struct command_operations caller_operations = {.run = caller_run};
static struct command caller_command = {.name = "caller", .operations = &caller_operations};

static void stop_callers(void)
{
	for (unsigned i = 0; i < CALLERS; i++)
		if (callers[i].thread)
			thread_stop(callers[i].thread);
}

static int __init caller_init(void)
{
	int error = command_register(&caller_command);

	for (unsigned cpu = 1; !error && cpu < min(cpu_count(), (unsigned)CALLERS); cpu++) {
		callers[cpu].thread = thread_create_on((int)cpu, call_again_and_again,
						       &callers[cpu], "caller/%u", cpu);
		if (!callers[cpu].thread)
			error = -ENOMEM;
	}
	if (error)
		stop_callers();
	return error;
}

static void caller_exit(void)
{
	stop_callers();
	command_unregister(&caller_command);
}

module_init(caller_init);
module_exit(caller_exit);
