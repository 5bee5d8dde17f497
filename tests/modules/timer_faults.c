/* Its init fails after a fault in a timer of its own. */
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/timer.h>

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;
static bool fired;

static void fire(struct timer *timer, void *unused)
{
	WRITE_ONCE(fired, true);
	*(volatile int *)nowhere = 1;
}

static struct timer timer;

static int __init timer_faults_init(void)
{
	timer_init(&timer, fire, NULL);
	timer_start(&timer, TIME_MS);
	while (!READ_ONCE(fired))
		time_delay(TIME_US);
	return -EINVAL;
}

static void timer_faults_exit(void)
{
}

module_init(timer_faults_init);
module_exit(timer_faults_exit);
