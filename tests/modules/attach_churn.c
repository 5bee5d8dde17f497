/*
 * A thread registers and unregisters a filesystem that is attached at /churn, while a timer of the
 * same module faults after @after microseconds.
 */
#include <files/file.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>

MODULE_LICENSE("MIT");

static unsigned after = 1000;
module_param(after, uint, 0);

static volatile uintptr_t nowhere = 8;

static int churn_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return 0;
}

static int churn_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		      void **file)
{
	return -ENOENT;
}

static long churn_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		       uint64_t offset)
{
	return 0;
}

static void churn_release(struct filesystem *filesystem, void *file)
{
}

static int churn_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	return 0;
}

static int churn_status(struct filesystem *filesystem, void *mount, const char *path,
			struct file_status *status)
{
	status->kind = FILE_DIRECTORY;
	return *path ? -ENOENT : 0;
}

static int churn_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		      struct directory_entry *entry)
{
	return -ENOENT;
}

static const struct filesystem_operations operations = {
    .mount = churn_mount,
    .open = churn_open,
    .read = churn_read,
    .release = churn_release,
    .measure = churn_measure,
    .status = churn_status,
    .list = churn_list,
};
static struct filesystem filesystem = {
    .name = "churn", .attach = "/churn", .operations = &operations};

static int churn(void *unused)
{
	while (!thread_should_stop() && filesystem_register(&filesystem) == 0)
		filesystem_unregister(&filesystem);
	return 0;
}

static void fault(struct timer *timer, void *unused)
{
	*(volatile int *)nowhere = 1;
}

static struct timer timer;
static struct thread *thread;

static int __init attach_churn_init(void)
{
	thread = thread_create(churn, NULL, "attach_churn");
	if (!thread)
		return -ENOMEM;
	timer_init(&timer, fault, NULL);
	return timer_start(&timer, after * TIME_US);
}

static void attach_churn_exit(void)
{
	thread_stop(thread);
	timer_cancel(&timer);
}

module_init(attach_churn_init);
module_exit(attach_churn_exit);
