/*
 * Work: one worker thread for each CPU, of high priority, that runs what has been queued there. The
 * one rule: a work is taken off its list in the same critical section in which its worker says that
 * it runs it, and is not looked at once its function has returned, as it may be gone. While it runs
 * it is queued again on the same worker only, so it never runs twice at once.
 */
#include <sched/work.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/wait.h>

#include <arch/control.h>
#include <sched/sched.h>
#include <sched/thread.h>

enum work_state {
	WORK_IDLE,
	WORK_CLAIMED, /* somebody with interrupts off is about to queue it */
	WORK_QUEUED,
};

struct worker {
	struct spinlock lock;
	struct list_node queue;		    /* [L] */
	struct work *running;		    /* [L] */
	const struct module *running_owner; /* [L] */
	struct wait_queue arrived, finished;
	struct thread *thread; /* [I] */
};
static DEFINE_PER_CPU(struct worker, cpu_worker);

static int (*admission)(const struct module *owner, const void *function); /* [I] after boot */

static void run_directly(struct work *work)
{
	work->function(work); /* bare: before the bus is there */
}
static void (*runner)(struct work *work) = run_directly; /* [I] after boot */

void work_init_at(struct work *work, void (*function)(struct work *), struct module *owner,
		  const struct place *place)
{
	list_init(&work->node);
	work->function = function;
	work->owner = owner;
	work->place = place;
	work->state = WORK_IDLE;
	work->cpu = 0;
}
EXPORT_SYMBOL(work_init_at);

/* The worker to queue it on, locked: where it runs now, else this CPU's. */
static struct worker *lock_worker_for(const struct work *work)
{
	struct worker *worker = per_cpu_pointer(cpu_worker, work->cpu);

	spin_lock(&worker->lock);
	if (worker->running == work)
		return worker;
	spin_unlock(&worker->lock);
	worker = this_cpu_pointer(cpu_worker);
	spin_lock(&worker->lock);
	return worker;
}

/* Interrupts off, the work claimed. */
static bool enqueue(struct work *work)
{
	struct worker *worker = lock_worker_for(work);
	/* bare: the bus's, set at boot */
	int error =
	    work->owner && admission ? admission(work->owner, (const void *)work->function) : 0;

	if (error == 0) {
		if (worker->running != work)
			work->cpu = (int32_t)cpu_id();
		list_add_last(&worker->queue, &work->node);
	}
	__atomic_store_n(&work->state, error == 0 ? WORK_QUEUED : WORK_IDLE, __ATOMIC_RELEASE);
	spin_unlock(&worker->lock);
	if (error == 0)
		wait_queue_wake(&worker->arrived);
	return error == 0;
}

bool work_queue(struct work *work)
{
	uint64_t flags = irq_save();
	uint32_t idle = WORK_IDLE;
	bool queued = false;

	preempt_disable();
	if (__atomic_compare_exchange_n(&work->state, &idle, WORK_CLAIMED, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		queued = enqueue(work);
	irq_restore(flags);
	preempt_enable();
	return queued;
}
EXPORT_SYMBOL(work_queue);

/*
 * The worker whose lock decides what becomes of the work, locked, and the work's state. The state
 * is read before the CPU: QUEUED there and this CPU behind it means queued here, since to come back
 * here it would have needed the lock that we hold.
 */
static struct worker *lock_worker_of(const struct work *work, uint32_t *state, uint64_t *flags)
{
	for (;;) {
		int32_t cpu = READ_ONCE(work->cpu);
		struct worker *worker = per_cpu_pointer(cpu_worker, cpu);

		*flags = spin_lock_irqsave(&worker->lock);
		*state = __atomic_load_n(&work->state, __ATOMIC_ACQUIRE); /* pairs with enqueue */
		if (*state != WORK_CLAIMED && READ_ONCE(work->cpu) == cpu)
			return worker;
		spin_unlock_irqrestore(&worker->lock, *flags);
		cpu_pause();
	}
}

/* The worker that it is queued on (with @withdraw it is taken out instead, and *@was_queued set) or
 * runs on; NULL: neither. */
static struct worker *busy_on(struct work *work, bool withdraw, bool *was_queued)
{
	uint64_t flags;
	uint32_t state;
	struct worker *worker = lock_worker_of(work, &state, &flags);
	bool queued = state == WORK_QUEUED;
	bool running = worker->running == work && worker->thread != thread_current();

	if (queued && withdraw) {
		list_remove(&work->node);
		__atomic_store_n(&work->state, WORK_IDLE, __ATOMIC_RELEASE);
		*was_queued = true;
	}
	spin_unlock_irqrestore(&worker->lock, flags);
	if (queued && withdraw)
		wait_queue_wake(&worker->finished);
	return running || (queued && !withdraw) ? worker : NULL;
}

/*
 * Sleeps on the queue of the worker that the work was seen busy on, and looks again behind that:
 * who ends its business there takes that worker's lock later, and wakes that queue after. Seen busy
 * on another worker, we go and wait there.
 */
static void wait_until_idle(struct work *work, bool withdraw, bool *was_queued)
{
	struct worker *worker;

	might_sleep();
	while ((worker = busy_on(work, withdraw, was_queued)) != NULL)
		wait_event(&worker->finished, busy_on(work, withdraw, was_queued) != worker);
}

bool work_cancel(struct work *work)
{
	bool was_queued = false;

	wait_until_idle(work, true, &was_queued);
	return was_queued;
}
EXPORT_SYMBOL(work_cancel);

void work_flush(struct work *work)
{
	wait_until_idle(work, false, NULL);
}
EXPORT_SYMBOL(work_flush);

static struct work *take_next(struct worker *worker)
{
	uint64_t flags = spin_lock_irqsave(&worker->lock);
	struct list_node *node = list_take_first(&worker->queue);
	struct work *work = node ? list_entry(node, struct work, node) : NULL;

	worker->running = work;
	if (work) {
		worker->running_owner = work->owner;
		__atomic_store_n(&work->state, WORK_IDLE, __ATOMIC_RELEASE);
	}
	spin_unlock_irqrestore(&worker->lock, flags);
	return work;
}

static void finish(struct worker *worker)
{
	uint64_t flags = spin_lock_irqsave(&worker->lock);

	worker->running = NULL;
	worker->running_owner = NULL;
	spin_unlock_irqrestore(&worker->lock, flags);
	wait_queue_wake(&worker->finished);
}

static int run_worker(void *argument)
{
	struct worker *worker = argument;
	struct work *work;

	thread_set_priority(THREAD_HIGH);
	while (!thread_should_stop()) {
		wait_event(&worker->arrived, (work = take_next(worker)) != NULL);
		runner(work); /* bare: the bus's, through call_through */
		finish(worker);
	}
	return 0;
}

int work_init_all(void)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		struct worker *worker = per_cpu_pointer(cpu_worker, cpu);

		spin_lock_init(&worker->lock, "worker");
		list_init(&worker->queue);
		wait_queue_init(&worker->arrived);
		wait_queue_init(&worker->finished);
	}
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		struct worker *worker = per_cpu_pointer(cpu_worker, cpu);

		worker->thread = thread_create_on((int)cpu, run_worker, worker, "worker/%u", cpu);
		if (!worker->thread)
			return -ENOMEM;
	}
	return 0;
}

void work_set_admission(int (*admit)(const struct module *owner, const void *function))
{
	admission = admit;
}

void work_set_runner(void (*run)(struct work *work))
{
	runner = run;
}

static struct work *queued_of(struct worker *worker, const struct module *owner)
{
	uint64_t flags = spin_lock_irqsave(&worker->lock);
	struct work *work, *found = NULL;

	list_for_each(work, &worker->queue, node) {
		if (work->owner == owner) {
			found = work;
			break;
		}
	}
	spin_unlock_irqrestore(&worker->lock, flags);
	return found;
}

/* What runs may queue more, so whoever has waited for one looks again from the start. */
static bool wait_for_run(struct worker *worker, const struct module *owner)
{
	if (READ_ONCE(worker->running_owner) != owner || worker->thread == thread_current())
		return false;
	wait_event(&worker->finished, READ_ONCE(worker->running_owner) != owner);
	return true;
}

struct work *work_first_of(const struct module *owner)
{
	unsigned cpu = 0;

	while (cpu < cpu_count()) {
		struct worker *worker = per_cpu_pointer(cpu_worker, cpu);
		struct work *work = queued_of(worker, owner);

		if (work)
			return work;
		cpu = wait_for_run(worker, owner) ? 0 : cpu + 1;
	}
	return NULL;
}
