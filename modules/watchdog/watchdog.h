#pragma once

/* What stands beside the watchdog's threads. Context: thread. */

/* machine_check.c: machine checks are read for the kernel, and a look of every CPU at what it has
 * recorded. In init and exit: 0, or a negative errno. */
int machine_check_begin(void);
void machine_check_poll(void);
void machine_check_end(void);

/* restart.c: the thread that brings the shell back. In init and exit: 0, or -ENOMEM. */
int restart_begin(void);
void restart_end(void);
