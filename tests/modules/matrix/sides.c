/* The two sides that meet: a thread for each, on a CPU of its own, which plays one part a round. */
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "driver.h"

#define LENGTH_LIMIT (5 * TIME_MS)

uint64_t draw(struct side *side, uint64_t limit)
{
	uint64_t mixed;

	side->random += 0x9e3779b97f4a7c15;
	mixed = (side->random ^ (side->random >> 30)) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
	return (mixed ^ (mixed >> 31)) % limit;
}

/* One side begins at once, the other at any moment of the first one's part: how long that takes is
 * known about from the rounds before. So a part of 20 us meets all of one of 2 ms. */
void sides_draw_start(void)
{
	unsigned later = (unsigned)draw(&run.sides[0], 2);
	uint64_t fraction = draw(&run.sides[0], 1024);

	run.sides[later].delay = run.sides[1 - later].length * fraction / 1024;
	run.sides[1 - later].delay = 0;
}

/*
 * Both sides come out of here at the same moment. The first sleeps until the second comes, which
 * then waits for a moment until the first is awake: a host that has more to run than it has cores
 * lets one that was woken run at once, and one that spins wait for its turn.
 */
static void meet_other(void)
{
	unsigned steps = 0;

	if (__atomic_fetch_add(&run.arrived, 1, __ATOMIC_SEQ_CST) == 0)
		wait_event(&run.turned, READ_ONCE(run.arrived) == 2);
	else
		wait_queue_wake(&run.turned);
	__atomic_fetch_add(&run.awake, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(run.awake) < 2)
		spin_once(&steps);
}

static void play_part(struct side *side)
{
	unsigned steps = 0;

	meet_other();
	side->began = time_now() + side->delay;
	while (time_now() < side->began)
		spin_once(&steps);
	side->result = side->kind->run(side); /* bare: a table of this module's own */
	side->ended = time_now();
	WRITE_ONCE(side->over, true);
	side->length += min(side->ended - side->began, LENGTH_LIMIT) / 4 - side->length / 4;
}

/* What a part has left below here, old addresses in the modules included: the sleep that follows
 * would keep some of it, and force would take it for a way back into them. */
static __noinline void wipe_stack(void)
{
	volatile uint64_t room[200];

	for (unsigned i = 0; i < ARRAY_SIZE(room); i++)
		room[i] = 0;
}

static int take_part(void *argument)
{
	struct side *side = argument;
	unsigned turn = side->turn;

	thread_set_cpu((int)((1 + side->index) % cpu_count()));
	for (;;) {
		wait_event(&run.turned, READ_ONCE(run.turn) != turn || thread_should_stop());
		if (READ_ONCE(run.turn) == turn)
			return 0;
		turn = READ_ONCE(run.turn);
		play_part(side);
		wipe_stack();
		complete(&run.over);
	}
}

void side_end(struct side *side)
{
	if (side->thread)
		thread_stop(side->thread);
	side->thread = NULL;
}

int sides_begin(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &run.sides[i];

		side_end(side);
		side->index = i;
		side->other = &run.sides[1 - i];
		side->turn = run.turn;
		side->thread = thread_create(take_part, side, "matrix/%u", i);
		if (!side->thread)
			return -ENOMEM;
	}
	return 0;
}

void each_side(void (*function)(struct side *side))
{
	for (unsigned i = 0; i < 2; i++)
		function(&run.sides[i]); /* bare: this file's own */
}
