/*
 * The kinds of parties of which each meets each. A part that finds the consumer absent is played
 * again until the other side's part is over, so that a consumer that is just being loaded is met.
 */
#include <kernel/fault_injection.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "driver.h"

#define INIT_STEPS 5u
#define SLEEP_LIMIT (300 * TIME_US)
#define INJECTION_LIMIT 40u

#define FAULT_POLL (20 * TIME_US)

static void wait_a_little(void)
{
	thread_yield();
}

/* Plays it until it has met the consumer, or the provider. */
static int play_until_met(struct side *side, const char *name, unsigned part, uint64_t value)
{
	int result;

	while ((result = play(name, part, value)) == -ENOENT && !READ_ONCE(side->other->over))
		wait_a_little();
	return result;
}

/* The fault comes later: until the consumer that was told has failed or left. */
static void await_fault(unsigned births)
{
	while (READ_ONCE(consumer_births) == births && state_of(CONSUMER) == MODULE_LIVE)
		time_sleep(FAULT_POLL);
}

static int fault_later(struct side *side, unsigned part, uint64_t value)
{
	int error = play_until_met(side, CONSUMER, part, value);

	if (error == 0)
		await_fault(READ_ONCE(consumer_births));
	return error;
}

static int unload_until_gone(struct side *side, unsigned flags)
{
	int error;

	while ((error = unload_one(side, CONSUMER, flags)) == -EBUSY &&
	       !READ_ONCE(side->other->over))
		wait_a_little();
	return error;
}

static int init_runs(struct side *side)
{
	return load_consumer(side, 0, false);
}

static int init_fails(struct side *side)
{
	int error = load_consumer(side, 1 + (unsigned)draw(side, INIT_STEPS), false);

	return error == 0 ? -EPROTO : error;
}

static int exit_runs(struct side *side)
{
	return unload_until_gone(side, 0);
}

static int fault_thread(struct side *side)
{
	return play_until_met(side, CONSUMER, PART_FAULT, 0);
}

static int fault_hook(struct side *side)
{
	struct message message = {.fault = true};

	while (hook_run(&matrix_point, &message), !message.met && !READ_ONCE(side->other->over))
		wait_a_little();
	if (!message.met)
		return -ENOENT;
	await_fault(READ_ONCE(consumer_births));
	return 0;
}

static int fault_timer(struct side *side)
{
	return fault_later(side, PART_FAULT_TIMER, side->index);
}

static int fault_irq(struct side *side)
{
	return fault_later(side, PART_FAULT_IRQ, side->index);
}

static int fault_work(struct side *side)
{
	return fault_later(side, PART_FAULT_WORK, side->index);
}

static int fault_own(struct side *side)
{
	return fault_later(side, PART_FAULT_OWN, side->index);
}

static int unload_plain(struct side *side)
{
	return unload_one(side, CONSUMER, 0);
}

static int unload_wait(struct side *side)
{
	return unload_one(side, CONSUMER, MODULE_WAIT);
}

static int unload_force(struct side *side)
{
	return unload_until_gone(side, MODULE_FORCE);
}

static int register_entry(struct side *side)
{
	return play_until_met(side, CONSUMER, PART_REGISTER, 1 + side->index);
}

static void unregister_own(struct side *side)
{
	play(CONSUMER, PART_UNREGISTER, 1 + side->index);
}

/* Both sides unregister the same one. */
static int register_first(struct side *side)
{
	return play(CONSUMER, PART_REGISTER, 0);
}

/* A consumer that has just been loaded has not registered it: then an entry of the side's own. */
static int unregister_entry(struct side *side)
{
	int error = play_until_met(side, CONSUMER, PART_UNREGISTER, 0);

	if (error == -EINVAL && play(CONSUMER, PART_REGISTER, 1 + side->index) == 0)
		error = play(CONSUMER, PART_UNREGISTER, 1 + side->index);
	return error;
}

static void unregister_first(struct side *side)
{
	play(CONSUMER, PART_UNREGISTER, 0);
}

static int open_file(struct side *side)
{
	return file_open("/dev/matrix", FILE_READ, &side->file);
}

static int open_and_read(struct side *side)
{
	char byte;
	int error;

	while ((error = open_file(side)) == -ENOENT && !READ_ONCE(side->other->over))
		wait_a_little();
	return error ? error : (int)file_read(side->file, &byte, 1, 0);
}

/* Between the parts too. A file does not lead into a module that has failed, and a module does not
 * go that has one open, but by force. */
static void close_if_open(struct side *side)
{
	char byte;
	int state;

	if (!side->file)
		return;
	state = state_of(CONSUMER);
	if (state == -ENOENT && !may(CONSUMER_FAILS | PROVIDER_FAILS | FORCES))
		wrong("the consumer has gone with an open file");
	if (state == MODULE_FAILED && file_read(side->file, &byte, 1, 0) != -ENODEV)
		wrong("an open file leads into a module that has failed");
	file_close(side->file);
	side->file = NULL;
}

static int read_and_close(struct side *side)
{
	char byte;
	int error = side->file ? 0 : open_and_read(side);

	if (!error)
		error = (int)file_read(side->file, &byte, 1, 0);
	close_if_open(side);
	return error;
}

/* In a call of the consumer's actor, or of an entry that it takes out while it stays. */
static int call_sleeps(struct side *side)
{
	uint64_t time = draw(side, SLEEP_LIMIT);

	if (draw(side, 2) && play(PROVIDER, PART_CALL_EXTRA, time) == 0)
		return 0;
	return play_until_met(side, CONSUMER, PART_SLEEP, time);
}

static int provider_leaves(struct side *side)
{
	static const unsigned ways[] = {0, MODULE_FORCE, MODULE_WAIT};

	return unload_both(side, ways[draw(side, ARRAY_SIZE(ways))]);
}

static int provider_fails(struct side *side)
{
	return play_until_met(side, PROVIDER, PART_FAULT, side->index);
}

static void make_faulty(unsigned function)
{
	__atomic_fetch_or(&faulty, function, __ATOMIC_SEQ_CST);
}

static int fault_entering(struct side *side)
{
	make_faulty(FAULTY_ENTERING);
	return register_entry(side);
}

static int fault_changed(struct side *side)
{
	make_faulty(FAULTY_CHANGED);
	return register_entry(side);
}

static int fault_left(struct side *side)
{
	int error = register_entry(side);

	make_faulty(FAULTY_LEFT);
	return error ? error : play_until_met(side, CONSUMER, PART_UNREGISTER, 1 + side->index);
}

static int consumer_leaves(struct side *side)
{
	play_until_met(side, CONSUMER, PART_QUIT, 0);
	return unload_until_gone(side, 0);
}

static int consumer_fails(struct side *side)
{
	return play_until_met(side, PROVIDER, draw(side, 2) ? PART_CALL_FAULT : PART_SPAN_FAULT,
			      side->index);
}

static int load_and_unload(struct side *side)
{
	int error = init_runs(side);

	return error ? unload_plain(side) : error;
}

static int open_and_close(struct side *side)
{
	int error = open_and_read(side);

	close_if_open(side);
	return error;
}

static int start_and_stop(struct side *side)
{
	return play_until_met(side, CONSUMER, PART_THREAD, 0);
}

struct failing {
	struct side *side;
	int (*way)(struct side *side);
};

static int go_that_way(void *argument)
{
	const struct failing *failing = argument;

	return failing->way(failing->side); /* bare: of a table of this file's */
}

static int out_of_memory(struct side *side)
{
	static int (*const ways[])(struct side *) = {
	    start_and_stop, load_and_unload, unload_plain, unload_force,
	    register_entry, open_and_close,  call_sleeps};
	struct failing failing = {side, ways[draw(side, ARRAY_SIZE(ways))]};
	struct fault_injection injected;
	/* Most parts have few operations that can fail, a load has many. */
	uint64_t nth = 1 + (draw(side, INJECTION_LIMIT) >> draw(side, 6));
	int error = fault_injection_run(nth, go_that_way, &failing, &injected);

	return error ? error : injected.result;
}

const struct kind kinds[] = {
    {"init_runs", init_runs, ABSENT, NULL, NULL},
    {"init_fails", init_fails, ABSENT, NULL, NULL},
    {"exit_runs", exit_runs, FORGETS, NULL, NULL},
    {"fault_thread", fault_thread, CONSUMER_FAILS, NULL, NULL},
    {"fault_hook", fault_hook, CONSUMER_FAILS, NULL, NULL},
    {"fault_timer", fault_timer, CONSUMER_FAILS, NULL, NULL},
    {"fault_irq", fault_irq, CONSUMER_FAILS, NULL, NULL},
    {"fault_work", fault_work, CONSUMER_FAILS, NULL, NULL},
    {"fault_own", fault_own, CONSUMER_FAILS, NULL, NULL},
    {"unload_force", unload_force, FORCES, NULL, NULL},
    {"unload_wait", unload_wait, 0, NULL, NULL},
    {"unload_plain", unload_plain, 0, NULL, NULL},
    {"register", register_entry, 0, NULL, unregister_own},
    {"unregister", unregister_entry, 0, register_first, unregister_first},
    {"open", open_and_read, 0, NULL, close_if_open},
    {"close", read_and_close, 0, open_file, close_if_open},
    {"call_sleeps", call_sleeps, 0, NULL, NULL},
    {"provider_leaves", provider_leaves, FORCES, NULL, NULL},
    {"provider_fails", provider_fails, PROVIDER_FAILS, NULL, NULL},
    {"fault_entering", fault_entering, PROVIDER_FAILS, NULL, unregister_own},
    {"fault_changed", fault_changed, PROVIDER_FAILS, NULL, unregister_own},
    {"fault_left", fault_left, PROVIDER_FAILS, NULL, unregister_own},
    {"consumer_leaves", consumer_leaves, 0, NULL, NULL},
    {"consumer_fails", consumer_fails, CONSUMER_FAILS, NULL, NULL},
    {"out_of_memory", out_of_memory, FORCES, NULL, unregister_own},
    {.name = NULL},
};
