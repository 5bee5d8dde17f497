#pragma once

#include <stdbool.h>
#include <stddef.h>

struct booking;

/*
 * A machine check, what a CPU finds wrong with itself, is a panic. What the CPU has recorded of it
 * is read by a module (modules/watchdog): @read, called in the exception on the CPU that it has
 * come to, bare, says it in @text, a whole one beforehand; true: this CPU has found the error.
 * NULL: from now on none is called. A module that gives one books it to itself, with
 * machine_check_forget as the end, so that it is forgotten when the module goes in any way.
 * Context: thread.
 */
void machine_check_set_reader(bool (*read)(char *text, size_t size));
void machine_check_forget(struct booking *booking);
