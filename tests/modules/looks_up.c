/*
 * Names code of `looked_up` over and over, from a thread on each CPU, while that is loaded and
 * unloaded: `looks_up begin SEED`, `looks_up end`, which prints how often it was there and gone.
 */
#include "looks_up.h"

#include <string.h>

#include <lib/compiler.h>

#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static uint64_t address; /* [A] */
static struct thread *threads[8];
static unsigned there, gone; /* [A] */

void looks_up_at(const void *code)
{
	WRITE_ONCE(address, (uint64_t)code);
}
EXPORT_SYMBOL(looks_up_at);

static int look(void *unused)
{
	char text[80];

	while (!thread_should_stop()) {
		code_describe(READ_ONCE(address), text, sizeof(text));
		if (strncmp(text, "looked_up:", 10) != 0)
			continue;
		if (strstr(text, "unloaded"))
			__atomic_fetch_add(&gone, 1, __ATOMIC_RELAXED);
		else
			__atomic_fetch_add(&there, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static void end(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
		if (threads[i])
			thread_stop(threads[i]);
		threads[i] = NULL;
	}
	delay_set_seed(0);
}

static int run(struct command_call *call)
{
	if (word_is(call, 1, "begin")) {
		delay_set_seed(word_number(call, 2, 1));
		for (unsigned i = 1; i < min(cpu_count(), (unsigned)ARRAY_SIZE(threads)); i++)
			threads[i] = thread_create_on((int)i, look, NULL, "looks_up");
	} else {
		end();
		command_print(call, "there %s, gone %s\n", there > 0 ? "yes" : "no",
			      gone > 0 ? "yes" : "no");
	}
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "looks_up", .operations = &operations};

static int __init looks_up_init(void)
{
	return command_register(&command);
}

static void looks_up_exit(void)
{
	command_unregister(&command);
	end();
}

module_init(looks_up_init);
module_exit(looks_up_exit);
