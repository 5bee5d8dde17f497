/*
 * Arms, queues and cancels timers and work items that are not what they should be: `what=WORD` says
 * which, init does it and logs the answers. Init data goes after init, so init is where it is
 * tried.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static char *what = "";
module_param(what, charp, 0444);

static uint32_t fired, worked; /* [A] */

static void count_fire(struct timer *timer, void *unused)
{
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
}

static void count_work(struct work *work)
{
	__atomic_fetch_add(&worked, 1, __ATOMIC_RELAXED);
}

static void __init gone_fire(struct timer *timer, void *unused)
{
}

static volatile uintptr_t nowhere = 8;
static struct timer timer, zeroed_timer, copied_timer;
static struct work work, zeroed_work, copied_work;
static DEFINE_PER_CPU(struct timer, cpu_timer);
static struct timer init_timer __initdata;
static struct work init_work __initdata;

static const char *errno_or_zero(int error)
{
	return error ? errno_name(error) : "0";
}

static void try_both(struct timer *one, struct work *other)
{
	int error = timer_start(one, TIME_SECOND);
	bool queued = work_queue(other);
	bool armed = timer_cancel(one);
	bool waited = work_cancel(other);

	work_flush(other);
	printk("arms: %s: start %s queue %u cancel %u %u\n", what, errno_or_zero(error), queued,
	       armed, waited);
}

/* As a module does whose init has set them up. */
static void init_and_try(struct timer *one, struct work *other)
{
	timer_init(one, count_fire, NULL);
	work_init(other, count_work);
	try_both(one, other);
}

static void __init in_init_data(void)
{
	init_and_try(&init_timer, &init_work);
}

static void on_stack(void)
{
	struct timer here;
	struct work there;

	init_and_try(&here, &there);
}

static void wild(void)
{
	init_and_try((struct timer *)nowhere, (struct work *)nowhere);
}

/* Each a page of its own, whose frame goes with it, or a part of a page that stays. */
static void freed(void)
{
	size_t size = strcmp(what, "freed_page") == 0 ? 2 * 4096 : sizeof(struct timer);
	struct timer *one = heap_alloc_zeroed(size);
	struct work *other = heap_alloc_zeroed(size);

	if (one && other) {
		timer_init(one, count_fire, NULL);
		work_init(other, count_work);
	}
	heap_free(other);
	heap_free(one);
	if (one && other)
		try_both(one, other);
}

static void never_initialised(void)
{
	try_both(&zeroed_timer, &zeroed_work);
}

static void copied(void)
{
	timer_init(&timer, count_fire, NULL);
	work_init(&work, count_work);
	copied_timer = timer;
	copied_work = work;
	try_both(&copied_timer, &copied_work);
}

static void __init callback_in_init_text(void)
{
	timer_init(&timer, gone_fire, NULL);
	printk("arms: %s: start %s\n", what, errno_or_zero(timer_start(&timer, TIME_SECOND)));
}

/* What was armed stays armed, and is cancelled as such. */
static void initialised_while_armed(void)
{
	timer_init(&timer, count_fire, NULL);
	timer_start(&timer, 3600 * TIME_SECOND);
	timer_init(&timer, count_fire, NULL);
	printk("arms: %s: cancel %u\n", what, timer_cancel(&timer));
	printk("arms: %s: cancel %u\n", what, timer_cancel(&timer));
}

static void fire_once(struct timer *one)
{
	uint32_t before = READ_ONCE(fired);

	timer_init(one, count_fire, NULL);
	timer_start(one, TIME_US);
	while (READ_ONCE(fired) == before)
		time_sleep(TIME_MS);
	timer_init(one, count_fire, NULL); /* again, since it is not armed any more */
	timer_cancel(one);
}

static void what_stays(void)
{
	char *large = heap_alloc(5 * 4096);
	struct work *queued = heap_alloc(sizeof(*queued));

	if (large && queued) {
		fire_once(&timer);
		fire_once(per_cpu_pointer(cpu_timer, 0));
		fire_once((struct timer *)(large + 3 * 4096));
		work_init(queued, count_work);
		work_queue(queued);
		work_flush(queued);
	}
	heap_free(queued);
	heap_free(large);
	printk("arms: %s: fired %u worked %u\n", what, fired, worked);
}

static const struct {
	const char *word;
	void (*try)(void);
} tries[] __initconst = {
    {"in_init_data", in_init_data},
    {"on_stack", on_stack},
    {"wild", wild},
    {"freed", freed},
    {"freed_page", freed},
    {"never_initialised", never_initialised},
    {"copied", copied},
    {"callback_in_init_text", callback_in_init_text},
    {"initialised_while_armed", initialised_while_armed},
    {"what_stays", what_stays},
};

static int __init arms_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		if (strcmp(what, tries[i].word) == 0) {
			tries[i].try(); /* bare: a table of this module's own */
			return 0;
		}
	return -EINVAL;
}

static void arms_exit(void)
{
}

module_init(arms_init);
module_exit(arms_exit);
