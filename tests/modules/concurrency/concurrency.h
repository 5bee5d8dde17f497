#pragma once

#include <stdint.h>

#include <kernel/command.h>

/*
 * One test is a function that returns 0 or prints what it saw and returns -EIO. None looks at how
 * long anything took: a virtual CPU may stand still for long.
 */
struct test {
	const char *name;
	int (*run)(struct command_call *call, unsigned rounds);
};

extern const struct test stop_tests[], thread_tests[],
    time_tests[]; /* each ends with a NULL name */

int wrong(struct command_call *call, const char *what, uint64_t is, uint64_t wanted);

/* A thread for each CPU, bound to it, that runs @function(its number) until told otherwise. */
#define CPUS_MOST 64
int crew_start(int (*function)(void *number));
bool crew_is_needed(void);
void crew_stop(void);
