#pragma once

#include <lib/touch.h>

/*
 * What is wanted of a stack beforehand: by an interrupt; by a stop, for its own frames and an
 * interrupt, and by a walk, for hooks and an interrupt; by a callee (call_through.asm has it too),
 * which may stop the machine with a lock held; by what claims or keeps an object and makes calls
 * before it lets go; by a load or an unload. A thread that has less faults before any of it: its
 * own module fails, and nothing stays claimed or kept.
 */
#define STACK_ROOM 2048ul
#define STACK_FOR_STOP (2 * STACK_ROOM)
#define STACK_FOR_WALK STACK_FOR_STOP
#define STACK_FOR_CALLEE (STACK_FOR_STOP + STACK_ROOM)
#define STACK_FOR_CLAIM (STACK_FOR_CALLEE + STACK_ROOM / 2)
#define STACK_FOR_LOAD (STACK_FOR_CALLEE + 2 * STACK_ROOM)

/* At the begin of a function that runs on a stack of others. */
#define stack_demand(size) touch((const char *)__builtin_frame_address(0) - (size), 1)
