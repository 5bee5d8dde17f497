/*
 * Each kind of callback comes back otherwise than it was called, or does what is forbidden there:
 * `leaves KIND WHAT`. What lasts is looked at afterwards by `leaves check`.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/cpu_call.h>
#include <kernel/heap.h>
#include <kernel/hook.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/notifier.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/stop.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <kernel/work.h>

#include "rules_pit.h"
#include "rules_words.h"

MODULE_LICENSE("MIT");

static DEFINE_SPINLOCK(leaves_spin);
static DEFINE_SPINLOCK(leaves_irq);
static DEFINE_MUTEX(leaves_mutex);
static DEFINE_WAIT_QUEUE(leaves_queue);
static struct hook_point leaves_point = HOOK_POINT_INIT("leaves_point");
static volatile uintptr_t nowhere = 8;
static const struct command_call *now;
static struct command command;
static bool interrupt_wanted;	     /* [A] the next is to misbehave */
static volatile unsigned interrupts; /* written by CPU 0, which has the line */

static void fault(void)
{
	*(volatile int *)nowhere = 1;
}

static bool waits_then_faults(unsigned *looks)
{
	wait_event_until(&leaves_queue, (*looks)++ > 2, time_now() + TIME_MS);
	fault();
	return false;
}

static int nothing(void *unused)
{
	return 0;
}

static int sleeps_stopped(void *unused)
{
	time_sleep(TIME_MS);
	return stop_machine(nothing, NULL, NULL);
}

static int faults_stopped(void *unused)
{
	fault();
	return 0;
}

static void faults_there(void *unused)
{
	fault();
}

static void call_deaf(void)
{
	asm volatile("cli");
	cpu_call(1, faults_there, NULL);
}

static __noinline void hold_on_stack(void)
{
	struct mutex mutex;

	mutex_init(&mutex, "leaves_stack");
	mutex_lock(&mutex);
	nowhere = 8;
}

/* Its words are written over, so that no build finds them by chance. */
static void hold_freed(void)
{
	struct mutex *mutex = heap_alloc(sizeof(*mutex));

	if (!mutex)
		return;
	mutex_init(mutex, "leaves_heap");
	mutex_lock(mutex);
	memset(mutex, 0x41, sizeof(*mutex));
	heap_free(mutex);
}

static __noinline void forget_wait(struct wait_queue *queue)
{
	wait_prepare(queue);
	nowhere = 8;
}

static void forget_wait_in_freed(void)
{
	struct wait_queue *queue = heap_alloc(sizeof(*queue));

	if (!queue)
		return;
	wait_queue_init(queue);
	forget_wait(queue);
	memset(queue, 0x41, sizeof(*queue));
	heap_free(queue);
}

static struct wait_queue *reused;

/* What was a queue is something else of the module's when the callback is over. */
static void forget_wait_in_reused(void)
{
	struct wait_queue *queue = heap_alloc(sizeof(*queue));

	if (!queue)
		return;
	wait_queue_init(queue);
	forget_wait(queue);
	heap_free(queue);
	reused = heap_alloc(sizeof(*queue));
	if (reused)
		memset(reused, 0x41, sizeof(*reused));
}

/* One that stays: what was ended for it can be prepared again. */
static void forget_static_wait(void)
{
	wait_prepare(&leaves_queue);
}

/* Two at once, finished in the order in which they were begun. */
static void wait_for_either(void)
{
	static DEFINE_WAIT_QUEUE(other);

	for (int i = 0; i < 2; i++) {
		wait_prepare(&leaves_queue);
		wait_prepare(&other);
		wait_finish(&leaves_queue);
		wait_finish(&other);
	}
}

static __noinline void write_over_stack(void)
{
	volatile uint8_t bytes[1024];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0xa5;
}

/* Addresses of this module's text all over the stack below. */
static __noinline void leave_words(unsigned depth)
{
	volatile uintptr_t words[180];

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = (uintptr_t)nothing;
	if (depth > 0)
		leave_words(depth - 1);
	words[0] = 0; /* the call is no tail call */
}

static void wait_badly(const char *what)
{
	if (strcmp(what, "wait") == 0)
		forget_wait(&leaves_queue);
	else if (strcmp(what, "wait_lost") == 0)
		forget_wait(&leaves_queue), write_over_stack();
	else if (strcmp(what, "wait_freed") == 0)
		forget_wait_in_freed();
	else if (strcmp(what, "wait_reused") == 0)
		forget_wait_in_reused();
	else if (strcmp(what, "wait_static") == 0)
		forget_static_wait();
	else if (strcmp(what, "wait_either") == 0)
		wait_for_either();
}

static void hold(const char *what)
{
	if (strcmp(what, "spin") == 0)
		spin_lock(&leaves_spin);
	else if (strcmp(what, "irqsave") == 0)
		spin_lock_irqsave(&leaves_irq);
	else if (strcmp(what, "mutex") == 0)
		mutex_lock(&leaves_mutex);
	else if (strcmp(what, "mutex_stack") == 0)
		hold_on_stack();
	else if (strcmp(what, "mutex_freed") == 0)
		hold_freed();
	else if (strcmp(what, "irq") == 0)
		asm volatile("cli");
	else if (strcmp(what, "preempt") == 0)
		preempt_disable();
	else if (strcmp(what, "step") == 0)
		asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" : : : "memory", "cc");
}

static void forget_call(void)
{
	struct call call;

	call_begin(&call, &command.registration, OPERATION(command, run));
}

/* For what may sleep, and may come without having to. */
static void ask_for(const char *what)
{
	static struct interface interface = {.name = "never"};
	static struct command another = {.name = "another"};

	if (strcmp(what, "unregister") == 0)
		interface_unregister(&interface);
	else if (strcmp(what, "register") == 0)
		command_register(&another);
	else if (strcmp(what, "create") == 0)
		thread_create(nothing, NULL, "never");
	else if (strcmp(what, "load") == 0)
		module_load("hello", NULL, 0);
	else if (strcmp(what, "call") == 0)
		forget_call();
}

static void misbehave(void)
{
	const char *what = now->argv[2];
	unsigned looks = 0;

	hold(what);
	wait_badly(what);
	if (word_is(now, 3, "fault"))
		fault();
	if (word_is(now, 2, "cpu"))
		thread_set_cpu(cpu_id() == 0 ? 1 : 0);
	else if (word_is(now, 2, "priority"))
		thread_set_priority(THREAD_LOW);
	else if (word_is(now, 2, "sleep"))
		time_sleep(TIME_MS);
	else if (word_is(now, 2, "stop"))
		stop_machine(nothing, NULL, NULL);
	else if (word_is(now, 2, "waits"))
		wait_event(&leaves_queue, waits_then_faults(&looks));
	else if (word_is(now, 2, "twice_spin"))
		spin_lock(&leaves_spin), spin_lock(&leaves_spin);
	else if (word_is(now, 2, "twice_mutex"))
		mutex_lock(&leaves_mutex), mutex_lock(&leaves_mutex);
	else if (word_is(now, 2, "unlock_spin"))
		spin_unlock(&leaves_spin);
	else if (word_is(now, 2, "unlock_mutex"))
		mutex_unlock(&leaves_mutex);
	else if (word_is(now, 2, "stopped_sleeps"))
		stop_machine(sleeps_stopped, NULL, NULL);
	else if (word_is(now, 2, "stopped_faults"))
		stop_machine(faults_stopped, NULL, NULL);
	else if (word_is(now, 2, "called_faults"))
		cpu_call(1, faults_there, NULL);
	else if (word_is(now, 2, "called_deaf"))
		call_deaf();
	else if (word_is(now, 2, "wakes_bad"))
		wait_queue_wake((struct wait_queue *)nowhere);
	else if (word_is(now, 2, "locks_bad"))
		spin_lock((struct spinlock *)nowhere);
	else if (word_is(now, 2, "words"))
		leave_words(4);
	ask_for(what);
	nowhere = 8; /* the last thing is not a tail call */
}

/* `wait`: until interrupts have come, in no function below this one, whose frame would keep them
 * off the stack that misbehave has used. */
static enum hook_verdict leaves_hooked(struct hook *hook, void *unused)
{
	unsigned before;

	misbehave();
	before = interrupts;
	if (now && now->argc > 3 && now->argv[3][0] == 'w')
		while (interrupts - before < 3) {
		}
	return HOOK_PASS;
}

/* Uses the stack that the hook before it has used. */
static enum hook_verdict leaves_behind(struct hook *hook, void *unused)
{
	volatile uint8_t bytes[1536];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0xa5;
	return HOOK_PASS;
}

static void leaves_timed(struct timer *timer, void *unused)
{
	misbehave();
	nowhere = 8; /* no tail call, and nothing that writes over the stack that it has used */
}

static enum irq_result leaves_interrupted(struct irq_handler *handler)
{
	interrupts++;
	if (READ_ONCE(interrupt_wanted)) {
		WRITE_ONCE(interrupt_wanted, false);
		misbehave();
	}
	return IRQ_HANDLED;
}

static void leaves_worked(struct work *work)
{
	misbehave();
}

static int leaves_threaded(void *unused)
{
	misbehave();
	return 0;
}

static void leaves_told(struct notifier *notifier, unsigned event, const void *data)
{
	if (event == NOTIFY_USER && now)
		misbehave();
}

static const struct hook_operations hook_operations = {.handle = leaves_hooked};
static struct hook hook = {
    .name = "leaves", .operations = &hook_operations, .point = &leaves_point};
static const struct hook_operations behind_operations = {.handle = leaves_behind};
static struct hook behind = {
    .name = "behind", .priority = 1, .operations = &behind_operations, .point = &leaves_point};
static const struct notifier_operations notifier_operations = {.notify = leaves_told};
static struct notifier notifier = {.name = "leaves", .operations = &notifier_operations};
static const struct irq_operations irq_operations = {.handle = leaves_interrupted};
static struct irq_handler irq_handler = {
    .name = "leaves", .line = PIT_LINE, .operations = &irq_operations};
static struct timer timer;
static struct work work;

static int run_thread(void)
{
	struct thread *thread = thread_create(leaves_threaded, NULL, "leaves");

	if (!thread)
		return -ENOMEM;
	thread_stop(thread);
	return 0;
}

static int leaves_run(struct command_call *call)
{
	now = call;
	if (word_is(call, 1, "command")) {
		misbehave();
	} else if (word_is(call, 1, "hook")) {
		hook_run(&leaves_point, NULL);
	} else if (word_is(call, 1, "hooks") && hook_register(&behind) == 0) {
		hook_run(&leaves_point, NULL);
		hook_unregister(&behind);
	} else if (word_is(call, 1, "timer")) {
		timer_start(&timer, TIME_MS);
		time_sleep(50 * TIME_MS);
	} else if (word_is(call, 1, "interrupt")) {
		WRITE_ONCE(interrupt_wanted, true);
		time_sleep(50 * TIME_MS);
	} else if (word_is(call, 1, "work")) {
		work_queue(&work);
		work_flush(&work);
	} else if (word_is(call, 1, "thread")) {
		return run_thread();
	} else if (word_is(call, 1, "notifier")) {
		notifier_call(NOTIFY_USER, NULL);
	} else if (word_is(call, 1, "check")) {
		mutex_lock(&leaves_mutex);
		mutex_unlock(&leaves_mutex);
		spin_lock(&leaves_spin);
		spin_unlock(&leaves_spin);
		time_sleep(TIME_MS);
		wait_queue_wake(&leaves_queue);
		heap_free(reused);
		reused = NULL;
		command_print(call, "whole\n");
	}
	now = NULL;
	return 0;
}

static const struct command_operations operations = {.run = leaves_run};
static struct command command = {.name = "leaves", .operations = &operations};

static int __init leaves_init(void)
{
	int error;

	timer_init(&timer, leaves_timed, NULL);
	work_init(&work, leaves_worked);
	error = hook_point_register(&leaves_point);
	if (!error)
		error = hook_register(&hook);
	if (!error)
		error = notifier_register(&notifier);
	if (!error)
		error = irq_register(&irq_handler);
	if (!error)
		pit_start(1000);
	return error ? error : command_register(&command);
}

static void leaves_exit(void)
{
	command_unregister(&command);
	irq_unregister(&irq_handler);
	pit_start(PIT_SLOWEST);
	notifier_unregister(&notifier);
	hook_unregister(&hook);
	hook_point_unregister(&leaves_point);
}

module_init(leaves_init);
module_exit(leaves_exit);
