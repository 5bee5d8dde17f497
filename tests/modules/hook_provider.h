#pragma once

#include <kernel/hook.h>

/* The hook point of hook_provider. */
extern struct hook_point provided_point;
