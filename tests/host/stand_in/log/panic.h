#pragma once

#include "test.h"

/* In place of the kernel's. */
#define ASSERT(condition) CHECK(condition)
