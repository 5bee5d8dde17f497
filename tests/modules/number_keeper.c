/* A thread that keeps a number on its stack, which another module gives it: `number_keeper_keep`.
 */
#include "number_keeper.h"

#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/wait.h>

MODULE_LICENSE("MIT");

static DEFINE_WAIT_QUEUE(changed);
static uint64_t given, kept; /* [A] */
static struct thread *thread;

void number_keeper_keep(uint64_t number)
{
	WRITE_ONCE(given, number);
	wait_queue_wake(&changed);
	wait_event(&changed, READ_ONCE(kept) == number);
}
EXPORT_SYMBOL(number_keeper_keep);

static int keep(void *unused)
{
	volatile uint64_t number;

	while (!thread_should_stop()) {
		number = READ_ONCE(given);
		WRITE_ONCE(kept, number);
		wait_queue_wake(&changed);
		wait_event(&changed, READ_ONCE(given) != number || thread_should_stop());
	}
	return 0;
}

static int __init number_keeper_init(void)
{
	thread = thread_create(keep, NULL, "keeper");
	return thread ? 0 : -ENOMEM;
}

static void number_keeper_exit(void)
{
	thread_stop(thread);
}

module_init(number_keeper_init);
module_exit(number_keeper_exit);
