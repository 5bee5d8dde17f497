/*
 * A work item that is still queued when init fails, or that exit leaves behind, makes a thread
 * while the sweep waits for it. The thread writes into memory of the module's. Parameter in_exit:
 * exit leaves the item, and init succeeds.
 */
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static bool in_exit;
module_param(in_exit, bool, 0);

static volatile uint64_t *memory;

static int run(void *unused)
{
	while (!thread_should_stop()) {
		if (memory)
			(*memory)++;
		time_sleep(5 * TIME_MS);
	}
	return 0;
}

static void make_thread(struct work *work)
{
	time_sleep(50 * TIME_MS);
	printk("late_thread: %s\n", thread_create(run, NULL, "late_thread") ? "made" : "refused");
}

static struct work work;

static int __init late_thread_init(void)
{
	work_init(&work, make_thread);
	if (!in_exit) {
		work_queue(&work);
		return -EIO;
	}
	memory = heap_alloc(64);
	return memory ? 0 : -ENOMEM;
}

static void late_thread_exit(void)
{
	work_queue(&work);
}

module_init(late_thread_init);
module_exit(late_thread_exit);
