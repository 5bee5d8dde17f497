/* Its function sleeps for three seconds, its exit for two. */
#include "called_by_hand.h"

#include <kernel/time.h>

MODULE_LICENSE("MIT");

static volatile int number = 42;

static int answer(void)
{
	time_sleep(3 * TIME_SECOND);
	return number;
}

static int __init answers_init(void)
{
	called_by_hand_set(answer, THIS_MODULE);
	return 0;
}

static void answers_exit(void)
{
	time_sleep(2 * TIME_SECOND);
	called_by_hand_set(NULL, NULL);
}

module_init(answers_init);
module_exit(answers_exit);
