/*
 * Whose code runs: for reports of faults, misuse and panics. By the address, where it lies in a
 * module's text; else by the innermost guarded walk or call into a module that the CPU is in: what
 * the kernel's own code does there it does with what that module gave it.
 */
#include <bus/blame.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/module.h>

#include <arch/cpu.h>
#include <arch/guard.h>
#include <arch/trap.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <mm/stack.h>
#include <sched/thread.h>
#include <bus/call.h>

#include "bus_internal.h"

#define FRAMES_MAX 20
#define TEXT_MAX 200

/* Can @size bytes, less than a page, be read? */
static bool is_readable(const void *record, size_t size)
{
	const uint64_t *words = record;
	uint64_t ignored;

	return (uint64_t)record % sizeof(*words) == 0 && probe_read(words, &ignored) &&
	       probe_read(&words[size / sizeof(*words) - 1], &ignored);
}

/* A record may have been written over, from below mostly: its last members first. In a whole one
 * call_through's stack pointer leads to where that has put the record's address. */
bool call_is_whole(const struct call *call, const struct thread *thread)
{
	uint64_t on_top;

	return is_readable(call, sizeof(*call)) && (call->flags & ~CALL_FLAGS) == CALL_LISTED &&
	       call->thread == thread && owner_row_valid(call->owner) &&
	       (!call->stack || (probe_read(call->stack, &on_top) && on_top == (uint64_t)call));
}

bool call_frame_read(const struct call_frame *frame, struct call_frame *copy)
{
	if (!is_readable(frame, sizeof(*frame)))
		return false;
	*copy = *frame;
	return true;
}

/* What the innermost call runs in cannot be left where its record is lost: a call further out that
 * ended instead would be blamed for it. */
struct call *blame_call(void)
{
	struct thread *thread = thread_current();
	struct call_frame frame;
	struct call *call;

	if (!thread || !thread->frame || !call_frame_read(thread->frame, &frame) ||
	    !call_is_whole(frame.call, thread))
		return NULL;
	call = frame.call;
	while (call && (!call->stack || call->owner == THIS_MODULE))
		call = call_outer(call);
	return call;
}

static bool guard_is_whole(const struct guard *guard)
{
	const struct guarded_chain *chain = guard->chain;
	const struct guarded *now;

	if (!is_readable(chain, sizeof(*chain)) || guard->left > chain->count)
		return false;
	now = guard_now(guard);
	return now && is_readable(now, sizeof(*now));
}

struct guard *blame_guard(const struct call *call)
{
	const struct cpu *cpu = cpu_this();
	struct guard *guard = cpu->guard;

	if (!guard || !is_readable(guard, sizeof(*guard)) || guard->irq_depth != cpu->irq_depth ||
	    (call && call->guard == guard) || !guard_is_whole(guard))
		return NULL;
	return guard;
}

bool blame_call_is_here(const struct call *call)
{
	return call->irq_depth == cpu_this()->irq_depth;
}

struct module *blame_callback(const void **function)
{
	const struct call *call = blame_call();
	const struct guard *guard = blame_guard(call);
	const struct guarded *now = guard ? guard_now(guard) : NULL;

	*function = NULL;
	if (now && owner_row_valid(now->owner) && now->owner != THIS_MODULE) {
		*function = now->function;
		return now->owner;
	}
	if (!call || !blame_call_is_here(call))
		return NULL;
	*function = call->function;
	return call->owner;
}

struct module *blame_module(uint64_t address)
{
	struct owner *owner = owner_of_address(address);
	const void *unused;

	return owner && owner != &kernel_owner ? owner->handle : blame_callback(&unused);
}

static struct module *text_owner(uint64_t pointer_to_caller)
{
	uint64_t caller;
	struct owner *owner;

	if (!probe_read((const void *)pointer_to_caller, &caller))
		return NULL;
	owner = owner_of_address(caller - 1);
	return owner && owner != &kernel_owner ? owner->handle : NULL;
}

/* Where no record says it: the innermost module among the callers, which stand on top of the stack,
 * if the function has no frame yet, and behind frame pointers. The callers of an interrupt have
 * nothing to do with those of the stack that it came on. */
static struct module *calling_module(const struct trap_frame *frame)
{
	struct module *found = text_owner(frame->rsp);
	uint64_t rbp = frame->rbp, outer = rbp;

	for (unsigned depth = 0; !found && depth < FRAMES_MAX && stack_same(outer, rbp); depth++) {
		rbp = outer;
		found = text_owner(rbp + sizeof(rbp));
		if (!probe_read((const void *)rbp, &outer))
			break;
	}
	return found;
}

struct module *blame_fault(const struct trap_frame *frame)
{
	const void *unused;
	struct module *module = blame_callback(&unused);
	const struct owner *owner = module ? NULL : owner_of_address(frame->rip);

	if (owner && owner != &kernel_owner)
		return owner->handle;
	return module ? module : calling_module(frame);
}

void misuse(const void *place, const char *format, ...)
{
	const struct module *module = blame_module((uint64_t)place);
	char what[TEXT_MAX], where[96];
	va_list arguments;

	va_start(arguments, format);
	format_text_v(what, sizeof(what), format, arguments);
	va_end(arguments);
	code_describe((uint64_t)place - 1, where, sizeof(where));
	if (debug_enabled && (!module || module == THIS_MODULE))
		panic("%s, at %s", what, where);
	printk(KERN_ERR "%s: %s, at %s\n", module_name(module), what, where);
}

_Noreturn void misuse_end(void)
{
	asm volatile(".global misuse_trap\nmisuse_trap: ud2");
	__builtin_unreachable();
}

/* Takes no lock, and believes no pointer but its own records. */
void panic_blame(uint64_t rip)
{
	const struct module *module = blame_module(rip);
	const void *function;
	char text[96];

	if (!module || module == THIS_MODULE)
		return;
	blame_callback(&function);
	code_describe((uint64_t)function, text, sizeof(text));
	panic_print("  in module %s, callback %s", module_name(module), text);
}
