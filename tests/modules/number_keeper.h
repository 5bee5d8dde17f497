#pragma once

#include <stdint.h>

/* Returns when number_keeper's thread has the number on its stack. */
void number_keeper_keep(uint64_t number);
