#pragma once

#include <stddef.h>

size_t stack_count(void); /* in use */
