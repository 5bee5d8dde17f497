/* Its exit forgets eight periodic timers, which fire all the while. */
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/timer.h>

MODULE_LICENSE("MIT");

static struct timer timers[8];

static void tick(struct timer *timer, void *unused)
{
}

static int __init left_ticking_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(timers); i++) {
		timer_init(&timers[i], tick, NULL);
		timer_start_periodic(&timers[i], 50 * TIME_US);
	}
	return 0;
}

static void left_ticking_exit(void)
{
}

module_init(left_ticking_init);
module_exit(left_ticking_exit);
