/*
 * `deep_stack LEFT [fault]` goes down its thread's stack until LEFT bytes are left, and waits there
 * for a few ticks of a timer of its CPU, or faults. `deep_stack timer`: the timer goes down without
 * end.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>

MODULE_LICENSE("MIT");

#define STACK_SIZE 16384ul /* stacks end at multiples of it */
#define TICKS 5

static struct timer timer;
static uint64_t ticks;
static uint32_t timer_descends;

static __noinline uint64_t descend(uint64_t left, bool faults)
{
	volatile uint64_t here[2] = {left, faults};
	uint64_t above = (uint64_t)&here[0] % STACK_SIZE;

	if (above > left + 64)
		return descend(left, faults) + here[0];
	if (faults)
		*(volatile uint32_t *)NULL = 0;
	while (READ_ONCE(ticks) < TICKS)
		here[1]++;
	return here[1];
}

static __noinline uint64_t descend_for_ever(uint64_t depth)
{
	volatile uint64_t here = depth;

	return depth == UINT64_MAX ? 0 : descend_for_ever(depth + 1) + here;
}

static void tick(struct timer *self, void *unused)
{
	WRITE_ONCE(ticks, ticks + 1);
	if (READ_ONCE(timer_descends))
		descend_for_ever(0);
}

static int deep_run(struct command_call *call)
{
	uint64_t left = 0;

	ticks = 0;
	timer_descends = call->argc > 1 && strcmp(call->argv[1], "timer") == 0;
	for (const char *c = call->argc > 1 ? call->argv[1] : ""; *c >= '0' && *c <= '9'; c++)
		left = left * 10 + (uint64_t)(*c - '0');
	timer_start_periodic(&timer, TIME_MS);
	if (timer_descends) {
		while (READ_ONCE(ticks) < 1)
			time_sleep(TIME_MS);
	} else {
		descend(left, call->argc > 2);
	}
	timer_cancel(&timer);
	command_print(call, "came back\n");
	return 0;
}

static const struct command_operations operations = {.run = deep_run};
static struct command command = {.name = "deep_stack", .operations = &operations};

static int __init deep_init(void)
{
	timer_init(&timer, tick, NULL);
	return command_register(&command);
}

static void deep_exit(void)
{
	command_unregister(&command);
	timer_cancel(&timer);
}

module_init(deep_init);
module_exit(deep_exit);
