#pragma once

#include <kernel/work.h>

/* As <time/timer_queue.h> has it for timers: admission, with the queue's lock held, and what is
 * queued or running of an owner. */
void work_set_admission(int (*admit)(const struct module *owner, const void *function));
struct work *work_first_of(const struct module *owner);
/* How a worker calls a work's function; the bus makes it a call that it can contain. */
void work_set_runner(void (*run)(struct work *work));
