/* `eater` takes all memory that there is, `eater fault` faults then, `eater on` has a thread that
 * goes on eating; exit gives it back. */
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/thread.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define LARGEST (1u << 20)

static void **first;
static volatile uintptr_t nowhere = 8;
static struct thread *eats_on; /* NULL: none */

static void eat(void)
{
	for (size_t size = LARGEST; size >= sizeof(first); size /= 2) {
		void **block;

		while ((block = heap_alloc(size)) != NULL) {
			*block = first;
			first = block;
		}
	}
}

static int eat_on(void *unused)
{
	while (!thread_should_stop()) {
		eat();
		thread_yield();
	}
	return 0;
}

static int run(struct command_call *call)
{
	if (word_is(call, 1, "on"))
		eats_on = thread_create(eat_on, NULL, "eater");
	eat();
	if (word_is(call, 1, "fault"))
		*(volatile int *)nowhere = 1;
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "eater", .operations = &operations};

static int __init eater_init(void)
{
	return command_register(&command);
}

static void eater_exit(void)
{
	command_unregister(&command);
	if (eats_on)
		thread_stop(eats_on);
	while (first) {
		void **next = *first;

		heap_free(first);
		first = next;
	}
}

module_init(eater_init);
module_exit(eater_exit);
