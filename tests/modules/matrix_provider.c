/* An interface and a hook point of its own, for matrix_consumer. Faults when matrix tells it to. */
#include <kernel/module.h>

#include "matrix/matrix.h"

MODULE_LICENSE("MIT");

static void fault_if(unsigned function)
{
	if (!(READ_ONCE(faulty) & function))
		return;
	WRITE_ONCE(provider_faulted, READ_ONCE(provider_births));
	fault();
}

static int entering(struct registration *registration)
{
	fault_if(FAULTY_ENTERING);
	return 0;
}

static void changed(struct registration *registration, bool callable)
{
	fault_if(FAULTY_CHANGED);
}

static void left(struct registration *registration)
{
	fault_if(FAULTY_LEFT);
}

struct interface served_interface = {
    .name = "served",
    INTERFACE_OPERATIONS("run"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    .entering = entering,
    .changed = changed,
    .left = left,
};
EXPORT_SYMBOL(served_interface);
struct hook_point provided_point = HOOK_POINT_INIT("matrix_provided");
EXPORT_SYMBOL(provided_point);

static struct span spans[2]; /* one for each side */

static int call_extra(uint64_t time)
{
	struct call call;
	int error = call_begin_by_name(&call, &served_interface, "extra", OPERATION(served, run));

	if (error)
		return error;
	error = (int)call_through(&call, PART_SLEEP, time);
	call_end(&call);
	return error;
}

static int let_fault(bool in_span, uint64_t side)
{
	struct span *span = &spans[side];
	struct call call;
	int error =
	    call_begin_by_name(&call, &served_interface, "consumer", OPERATION(served, run));

	if (error)
		return error;
	if (in_span)
		error = span_open(span, call.registration, "a span");
	else
		error = (int)call_through(&call, PART_FAULT, 0);
	call_end(&call);
	if (!in_span || error)
		return error;
	error = (int)span_call(span, OPERATION(served, run), PART_FAULT, 0);
	span_close(span);
	return error;
}

static int play(struct actor *actor, unsigned part, uint64_t value)
{
	struct message message = {.fault = false};

	hook_run(&provided_point, &message);
	switch (part) {
	case PART_FAULT:
		fault();
		return 0;
	case PART_CALL_EXTRA:
		return call_extra(value);
	case PART_CALL_FAULT:
		return let_fault(false, value);
	case PART_SPAN_FAULT:
		return let_fault(true, value);
	}
	return -EINVAL;
}

static const struct actor_operations operations = {.play = play};
static struct actor actor = {.name = KBUILD_MODNAME, .operations = &operations};

static int __init matrix_provider_init(void)
{
	int error;

	__atomic_fetch_add(&provider_births, 1, __ATOMIC_RELAXED);
	error = interface_register(&served_interface);
	if (!error)
		error = hook_point_register(&provided_point);
	if (!error)
		error = actor_register(&actor);
	return error;
}

static void matrix_provider_exit(void)
{
	actor_unregister(&actor);
	hook_point_unregister(&provided_point);
	interface_unregister(&served_interface);
}

module_init(matrix_provider_init);
module_exit(matrix_provider_exit);
