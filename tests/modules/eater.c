/* `eater` takes all memory that there is; `eater fault` faults then. exit gives it back. */
#include <kernel/heap.h>
#include <kernel/module.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define LARGEST (1u << 20)

static void **first;
static volatile uintptr_t nowhere = 8;

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

static int run(struct command_call *call)
{
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
	while (first) {
		void **next = *first;

		heap_free(first);
		first = next;
	}
}

module_init(eater_init);
module_exit(eater_exit);
