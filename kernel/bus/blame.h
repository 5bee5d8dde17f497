#pragma once

#include <stdbool.h>
#include <stdint.h>

struct call;
struct call_frame;
struct guard;
struct module;
struct thread;
struct trap_frame;

/*
 * The innermost call into a module that this CPU's thread has entered; NULL: none, or its record is
 * not whole. And the innermost guarded walk, if the CPU is in that and not in the call, nor in an
 * interrupt that came since. The kernel's own callbacks are the caller's code as far as blame goes:
 * they work on what it gave them. Context: any with preemption off, or the thread itself.
 */
struct call *blame_call(void);
struct guard *blame_guard(const struct call *call);
/* Is the CPU in the call, and in no interrupt that came since? */
bool blame_call_is_here(const struct call *call);
/* The module of the innermost of both, and which function of it was called; NULL: none. Takes no
 * lock. Context: any. */
struct module *blame_callback(const void **function);
/* Can the record be believed to be on the list of @thread? Context: any. */
bool call_is_whole(const struct call *call, const struct thread *thread);
/* Copies a frame of call_through's. False: it cannot be read. Context: any. */
bool call_frame_read(const struct call_frame *frame, struct call_frame *copy);
/* Whose code is at @address or, where that is the kernel's, in whose callback it runs; NULL: the
 * kernel. Context: any. */
struct module *blame_module(uint64_t address);
/* For a fault: the module in whose callback it is, and which containment makes fail, whatever code
 * it calls; where no record tells, whose code it is, or the callers on its stack. */
struct module *blame_fault(const struct trap_frame *frame);
