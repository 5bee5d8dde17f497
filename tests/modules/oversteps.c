/*
 * Books things to others and with places that are none, makes threads of what is no function, ends
 * what is not there, and maps what is no memory: `what=WORD` says what, init does it and logs the
 * answer.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

#include "rules_gate.h"

MODULE_LICENSE("MIT");

static char *what = "";
module_param(what, charp, 0444);

static volatile uintptr_t nowhere = 8;
static int results[2];

/* NULL is what is wanted: whatever is given is not given back. */
static int refused(const void *given)
{
	return given ? 0 : -EINVAL;
}

static int run(void *unused)
{
	while (!thread_should_stop())
		thread_sleep_until_stop(time_now() + TIME_SECOND);
	return 7;
}

static int __init run_in_init_text(void *unused)
{
	return 0;
}

static int __init memory_of_provider(void)
{
	return refused(heap_alloc_at(100, gate_point.interface.owner, HERE));
}

static int __init memory_of_kernel(void)
{
	return refused(heap_alloc_zeroed_at(100, irq_interface.owner, HERE));
}

static int __init memory_of_nothing(void)
{
	return refused(heap_alloc_at(100, (struct module *)nowhere, HERE));
}

static int __init memory_with_wild_place(void)
{
	return refused(heap_alloc_at(100, THIS_MODULE, (const struct source_location *)nowhere));
}

/* A place that can be read until its text is. */
static const struct source_location *half_wild(void)
{
	static struct source_location place = {.line = 1};

	place.file = (const char *)nowhere;
	return &place;
}

static int __init memory_with_half_wild_place(void)
{
	return refused(heap_alloc_at(100, THIS_MODULE, half_wild()));
}

static int __init memory_with_place_on_stack(void)
{
	struct source_location place = {__FILE__, __LINE__};

	return refused(heap_alloc_at(100, THIS_MODULE, &place));
}

static int entered(struct command_call *call)
{
	return 0;
}

static const struct command_operations command_operations = {.run = entered};
static struct command command = {.name = "oversteps", .operations = &command_operations};
static struct interface interface = {.name = "overstepped"};

static int enter(const struct source_location *place)
{
	return registration_register(&command.registration,
				     &(struct registration){
					 .interface = &command_interface,
					 .owner = THIS_MODULE,
					 .place = place,
					 .name = command.name,
					 .operations = (const void *const *)command.operations,
				     });
}

static int __init entry_with_wild_place(void)
{
	return enter((const struct source_location *)nowhere);
}

static int __init entry_with_half_wild_place(void)
{
	return enter(half_wild());
}

static int __init interface_with_half_wild_place(void)
{
	return interface_register_at(&interface, THIS_MODULE, half_wild());
}

static struct timer timer;
static struct work work;

static void fire(struct timer *unused, void *unused_too)
{
}

static void do_work(struct work *unused)
{
}

static int __init timer_with_half_wild_place(void)
{
	timer_init_at(&timer, fire, NULL, THIS_MODULE, half_wild());
	return timer.item.owner ? 0 : -EINVAL;
}

static int __init work_with_wild_place(void)
{
	work_init_at(&work, do_work, THIS_MODULE, (const struct source_location *)nowhere);
	return work.item.owner ? 0 : -EINVAL;
}

/* Ending what is not there. */

static int __init unregister_twice(void)
{
	return command_register(&command) || command_unregister(&command)
		   ? -EIO
		   : command_unregister(&command);
}

static int __init unregister_never(void)
{
	return command_unregister(&command);
}

static int __init activate_never(void)
{
	struct registration *set[] = {&command.registration, &command.registration};

	return registration_activate(set, 1) == -EINVAL ? registration_activate(set, 2) : -EIO;
}

static int __init activate_twice(void)
{
	struct registration *set[] = {&command.registration};
	int error = command_register(&command);

	if (error)
		return error;
	error = registration_activate(set, 1);
	command_unregister(&command);
	return error;
}

static int __init unmap_never(void)
{
	io_unmap(&command);
	return -EINVAL;
}

/* These are no mistakes. */
static int __init ends_nothing(void)
{
	static struct span span;

	timer_init(&timer, fire, NULL);
	work_init(&work, do_work);
	if (timer_cancel(&timer) || work_cancel(&work) || interface_unregister(&interface))
		return -EIO;
	work_flush(&work);
	span_close(&span);
	heap_free(NULL);
	io_unmap(NULL);
	return 0;
}

static int __init mapping_of_provider(void)
{
	return refused(io_map_at(0xfed00000, 4096, IO_UNCACHED, gate_point.interface.owner, HERE));
}

static int __init thread_of_provider(void)
{
	return refused(thread_create_at(run, NULL, THREAD_ANY_CPU, gate_point.interface.owner, HERE,
					"oversteps"));
}

static int __init thread_in_init_text(void)
{
	return refused(thread_create(run_in_init_text, NULL, "oversteps"));
}

static int __init thread_wild(void)
{
	return refused(thread_create((int (*)(void *))nowhere, NULL, "oversteps"));
}

static int __init thread_without_function(void)
{
	return refused(thread_create(NULL, NULL, "oversteps"));
}

static int __init thread_on_no_cpu(void)
{
	return refused(thread_create_on(-2, run, NULL, "oversteps"));
}

static int __init stop_twice(void)
{
	struct thread *thread = thread_create(run, NULL, "oversteps");
	int result = thread ? thread_stop(thread) : -ENOMEM;

	return result == 7 ? thread_stop(thread) : -EIO;
}

static int __init stop_wild(void)
{
	return thread_stop((struct thread *)nowhere);
}

static int stop_argument(void *thread)
{
	return thread_stop(thread);
}

/* init runs in a thread of the shell's. */
static int __init stop_loader(void)
{
	struct thread *thread = thread_create(stop_argument, thread_current(), "oversteps");

	return thread ? thread_stop(thread) : -ENOMEM;
}

static int __init stop_itself(void)
{
	return thread_stop(thread_current());
}

/* Both ask for the same thread: one of them gets its result. */
static int __init stop_by_two(void)
{
	struct thread *thread = thread_create(run, NULL, "oversteps"), *stoppers[2];

	for (int i = 0; i < 2; i++)
		stoppers[i] = thread_create_on(i, stop_argument, thread, "oversteps");
	for (int i = 0; i < 2; i++)
		results[i] = thread_stop(stoppers[i]);
	return results[0] == 7 ? results[1] : results[1] == 7 ? results[0] : -EIO;
}

static int __init map_nothing(void)
{
	return refused(io_map(0xfed00000, 0, IO_UNCACHED));
}

static int __init map_much(void)
{
	return refused(io_map(0, 1ull << 60, IO_UNCACHED));
}

static int __init map_beyond_the_window(void)
{
	return refused(io_map(0, 1ull << 38, IO_UNCACHED));
}

static int __init map_around_the_end(void)
{
	return refused(io_map(-4096ull, 8192, IO_UNCACHED));
}

static int __init map_beyond_memory(void)
{
	return refused(io_map(1ull << 52, 4096, IO_UNCACHED));
}

static int __init map_cached_oddly(void)
{
	return refused(io_map(0xfed00000, 4096, 77));
}

#define TRY(function)                                                                              \
	{                                                                                          \
#function, function                                                                \
	}
static const struct {
	const char *word;
	int (*try)(void);
} tries[] __initconst = {
    TRY(memory_of_provider),
    TRY(memory_of_kernel),
    TRY(memory_of_nothing),
    TRY(memory_with_wild_place),
    TRY(memory_with_half_wild_place),
    TRY(memory_with_place_on_stack),
    TRY(entry_with_wild_place),
    TRY(entry_with_half_wild_place),
    TRY(interface_with_half_wild_place),
    TRY(timer_with_half_wild_place),
    TRY(work_with_wild_place),
    TRY(unregister_twice),
    TRY(unregister_never),
    TRY(activate_never),
    TRY(activate_twice),
    TRY(unmap_never),
    TRY(ends_nothing),
    TRY(mapping_of_provider),
    TRY(thread_of_provider),
    TRY(thread_in_init_text),
    TRY(thread_wild),
    TRY(thread_without_function),
    TRY(thread_on_no_cpu),
    TRY(stop_twice),
    TRY(stop_wild),
    TRY(stop_loader),
    TRY(stop_itself),
    TRY(stop_by_two),
    TRY(map_nothing),
    TRY(map_much),
    TRY(map_beyond_the_window),
    TRY(map_around_the_end),
    TRY(map_beyond_memory),
    TRY(map_cached_oddly),
};

static int __init oversteps_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		if (strcmp(what, tries[i].word) == 0) {
			int error = tries[i].try(); /* bare: a table of this module's own */

			printk("oversteps: %s: %s\n", what, error ? errno_name(error) : "taken");
			return 0;
		}
	return -EINVAL;
}

static void oversteps_exit(void)
{
}

module_init(oversteps_init);
module_exit(oversteps_exit);
