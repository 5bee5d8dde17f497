#pragma once

#include <stddef.h>

size_t module_window_pages(void); /* that ranges hold */
