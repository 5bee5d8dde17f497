/* exit leaves work items queued on all other CPUs; each frees itself when it runs. */
#include <lib/compiler.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static unsigned each = 200;
module_param(each, uint, 0);

struct item {
	struct work work;
	char data[64];
};

static void run(struct work *work)
{
	time_delay(20 * TIME_US);
	heap_free(container_of(work, struct item, work));
}

static int __init self_freeing_work_init(void)
{
	return 0;
}

static void self_freeing_work_exit(void)
{
	for (unsigned cpu = 1; cpu < cpu_count(); cpu++) {
		thread_set_cpu((int)cpu);
		for (unsigned i = 0; i < each; i++) {
			struct item *item = heap_alloc(sizeof(*item));

			if (!item)
				break;
			work_init(&item->work, run);
			work_queue(&item->work);
		}
	}
	thread_set_cpu(THREAD_ANY_CPU);
}

module_init(self_freeing_work_init);
module_exit(self_freeing_work_exit);
