#pragma once

#include <kernel/work.h>

/* As timer_first_of has it for timers. */
struct work *work_first_of(const struct module *owner);
