#pragma once

/* restart.c: the thread that brings the shell back. In init and exit: 0, or -ENOMEM. */
int restart_begin(void);
void restart_end(void);
