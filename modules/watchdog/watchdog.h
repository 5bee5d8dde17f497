#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What stands beside the watchdog's threads. Context: thread. */

/* call.c: what is in the call that thread_describe has told of. -ENOENT: it is over, or is not the
 * watchdog's to look at. The machine is stopped for it. */
struct call_look {
	uint32_t thread;
	uint64_t call;
	char module[56];
	char what[160];
	bool once;	 /* it is init or exit */
	uint64_t serial; /* another call at the same place has another one */
};
int call_look(uint32_t thread, uint64_t call, struct call_look *look);

/* machine_check.c: machine checks are read for the kernel, and a look of every CPU at what it has
 * recorded. In init and exit: 0, or a negative errno. */
int machine_check_begin(void);
void machine_check_poll(void);
void machine_check_end(void);

/* restart.c: the thread that brings the shell back. In init and exit: 0, or -ENOMEM. */
int restart_begin(void);
void restart_end(void);
