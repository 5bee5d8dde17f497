#pragma once

#include <stddef.h>

/* Boot: what each window begins with. */
void percpu_window_set_image(const void *image, size_t size);
