#pragma once

#include <lib/report.h>

#include <files/file.h>
#include <kernel/module_control.h>
#include <kernel/wait.h>

#include "matrix.h"

/* One of the two that meet in a round. Its thread uses it while the round runs, main.c between. */
struct side {
	unsigned index;		 /* [I] 0 or 1 */
	const struct kind *kind; /* of this pair */
	struct side *other;	 /* [I] */
	uint64_t random;	 /* state of its generator */
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

struct kind {
	const char *name;
	int (*run)(struct side *side);
	unsigned flags;
	int (*prepare)(struct side *side); /* before the round */
	void (*settle)(struct side *side); /* after it */
};
extern const struct kind kinds[]; /* ends with a NULL name */

#define CONSUMER "matrix_consumer"
#define PROVIDER "matrix_provider"

/* Of a loop that waits for another CPU: lets an emulator go on with that. */
static inline void spin_once(void)
{
	asm volatile("pause" : : : "memory");
}

uint64_t draw(struct side *side, uint64_t limit); /* 0 to @limit - 1 */

/* modules.c: what is done with the two modules. Results as module_control's. */
int load_consumer(struct side *side, unsigned fail, bool forget);
int unload_one(struct side *side, const char *name, unsigned flags);
int unload_both(struct side *side, unsigned flags);
/* MODULE_LIVE and so on; -ENOENT: it is not loaded. */
int state_of(const char *name);
/* Tells the actor of this name to play: what it returns, or -ENOENT. */
int play(const char *name, unsigned part, uint64_t value);
