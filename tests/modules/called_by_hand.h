#pragma once

#include <kernel/module.h>

/* What the command `called_by_hand` calls, with a reference on its owner that it takes itself. */
void called_by_hand_set(int (*function)(void), struct module *owner);
