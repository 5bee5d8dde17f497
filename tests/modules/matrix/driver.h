#pragma once

#include <lib/report.h>

#include <files/file.h>
#include <kernel/module_control.h>
#include <kernel/wait.h>

#include "figures.h"
#include "matrix.h"

/* One of the two that meet in a round. Its thread uses it while the round runs, the command
 * between. */
struct side {
	unsigned index;		 /* [I] 0 or 1 */
	const struct kind *kind; /* of this pair */
	struct side *other;	 /* [I] */
	uint64_t random;	 /* state of its generator */
	uint64_t delay;		 /* ns from the start of the round to the start of its part */
	uint64_t began, ended;	 /* when, by time_now() */
	uint64_t length;	 /* ns that its part takes, about */
	int result;		 /* what the kind's run has returned */
	bool over;		 /* [A] this round, its part has been played */
	struct file *file;	 /* open, or NULL */
	struct module_report report;
	struct thread *thread;
	unsigned turn; /* [I] of the thread: the round before its first */
};

#define ABSENT 0x1u	    /* the consumer is not loaded when the round begins */
#define FORGETS 0x2u	    /* it is loaded so that its exit forgets things */
#define CONSUMER_FAILS 0x4u /* it may have failed afterwards */
#define PROVIDER_FAILS 0x8u /* likewise */
#define FORCES 0x10u	    /* it may be forced out, whatever holds it */

struct kind {
	const char *name;
	int (*run)(struct side *side);
	unsigned flags;
	int (*prepare)(struct side *side); /* before the round */
	void (*settle)(struct side *side); /* after it */
};
extern const struct kind kinds[]; /* ends with a NULL name */

/* What a round consists of. */
enum phase { PHASE_LOAD, PHASE_MEET, PHASE_SETTLE, PHASE_OUT, PHASE_CHECK, PHASES };

struct run {
	struct side sides[2];
	struct command_call *call;
	uint64_t seed;		     /* of the round */
	unsigned turn;		     /* [A] the round that may run; raised by the command */
	unsigned arrived, awake;     /* [A] sides that are about to begin: see meet_other */
	struct completion over;	     /* once for each side */
	struct wait_queue turned;    /* woken with turn and arrived */
	uint64_t clean;		     /* the seed of the first round since both were out */
	bool wrong;		     /* it has been said */
	unsigned through[2];	     /* rounds in which the side got what it wanted */
	struct module_report report; /* of what the command itself does */
	struct figures before;	     /* with neither of the modules */
	unsigned overlapped;	     /* rounds in which each part began before the other's end */
	unsigned tries;		     /* unloads that were refused between rounds */
	uint64_t since;		     /* the end of the phase before */
	uint64_t spent[PHASES];	     /* ns */
};
extern struct run run;

#define CONSUMER "matrix_consumer"
#define PROVIDER "matrix_provider"

/* Of a loop that waits for another CPU. A pause now and then lets an emulator with one thread go on
 * with that; one at each step would keep an emulator with several from anything else. */
static inline void spin_once(unsigned *steps)
{
	if (++*steps % 32768 == 0)
		asm volatile("pause" : : : "memory");
	else
		asm volatile("" : : : "memory");
}

/* sides.c */
uint64_t draw(struct side *side, uint64_t limit); /* 0 to @limit - 1 */
int sides_begin(void);				  /* makes their threads, anew if there are some */
void side_end(struct side *side);
void sides_draw_start(void); /* of the round, by the generators of both */
void each_side(void (*function)(struct side *side));

/* round.c; of what returns bool, false: something is wrong and has been said. */
__printf(1, 2) void wrong(const char *format, ...);
bool may(unsigned flag); /* of any of both kinds */
bool all_out(void);
bool round(void);
void end_phase(enum phase phase);

/* modules.c: what is done with the two modules. Results as module_control's. */
int load_consumer(struct side *side, unsigned fail, bool forget);
int unload_one(struct side *side, const char *name, unsigned flags);
int unload_both(struct side *side, unsigned flags);
/* MODULE_LIVE and so on; -ENOENT: it is not loaded. */
int state_of(const char *name);
/* Tells the actor of this name to play: what it returns, or -ENOENT. */
int play(const char *name, unsigned part, uint64_t value);
