/*
 * A timer and a work item: the timer ticks in interrupt context and hands the counting to a work
 * item, which may sleep. Cancelling waits, timer first, since the timer queues the work.
 */
#include <string.h>

#include <files/file.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("/dev/ticker: counts the ticks of a timer");
MODULE_VERSION("1.0");

static unsigned ms = 100;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "milliseconds between ticks, 1 to 1000000");

static struct timer ticker_timer;
static struct work ticker_work;
static DEFINE_MUTEX(ticker_lock);
static uint64_t ticks;	 /* [L] */
static uint64_t pending; /* [A] ticks that the work has still to count */

static void ticker_fire(struct timer *timer, void *argument)
{
	__atomic_add_fetch(&pending, 1, __ATOMIC_RELAXED);
	work_queue(&ticker_work);
}

static void ticker_count(struct work *work)
{
	mutex_lock(&ticker_lock);
	ticks += __atomic_exchange_n(&pending, 0, __ATOMIC_RELAXED);
	mutex_unlock(&ticker_lock);
}

static long ticker_read(struct node *node, void **unused, void *buffer, size_t size,
			uint64_t offset)
{
	char text[24];
	int length;

	if (offset > 0)
		return 0;
	mutex_lock(&ticker_lock);
	length = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)ticks);
	mutex_unlock(&ticker_lock);
	if ((size_t)length > size)
		length = (int)size;
	memcpy(buffer, text, (size_t)length);
	return length;
}

static const struct node_operations ticker_operations = {.read = ticker_read};
static struct node ticker_node = {.name = "ticker", .operations = &ticker_operations};

static int __init ticker_init(void)
{
	int error;

	if (ms < 1 || ms > 1000000) {
		printk(KERN_ERR "ticker: ms=%u is not in 1..1000000\n", ms);
		return -EINVAL;
	}
	work_init(&ticker_work, ticker_count);
	timer_init(&ticker_timer, ticker_fire, NULL);
	error = node_register(&ticker_node);
	if (error)
		return error;
	error = timer_start_periodic(&ticker_timer, ms * TIME_MS);
	if (error)
		node_unregister(&ticker_node);
	return error;
}

static void ticker_exit(void)
{
	timer_cancel(&ticker_timer);
	work_cancel(&ticker_work);
	node_unregister(&ticker_node);
}

module_init(ticker_init);
module_exit(ticker_exit);
