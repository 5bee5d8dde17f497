/* exit leaves a work item on each CPU that faults when it runs. */
#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;

static void fault(struct work *work)
{
	*(volatile int *)nowhere = 1;
}

static struct work works[4];

static int __init exit_work_faults_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(works); i++)
		work_init(&works[i], fault);
	return 0;
}

static void exit_work_faults_exit(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(works) && i < cpu_count(); i++) {
		thread_set_cpu((int)i);
		work_queue(&works[i]);
	}
	thread_set_cpu(THREAD_ANY_CPU);
}

module_init(exit_work_faults_init);
module_exit(exit_work_faults_exit);
