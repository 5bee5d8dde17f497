/*
 * Interrupt handlers of line 0, which fires 10,000 times a second while this is loaded: one that
 * stays, and one that `rules_irq churn N` takes out and puts back N times, looking each time
 * whether it still runs after it has been taken out. rules_irq_shared has a third. `rules_irq
 * moved` writes over what an entry says of itself before it takes it out. `rules_irq` prints
 * counts.
 */
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "rules_pit.h"
#include "rules_words.h"

MODULE_LICENSE("MIT");

static unsigned seen, seen_twice, late; /* [A] written by the CPU that the line is sent to */
static bool out;			/* [A] the second handler is not registered */

static enum irq_result stays(struct irq_handler *handler)
{
	WRITE_ONCE(seen, seen + 1);
	return IRQ_HANDLED;
}

static enum irq_result comes_and_goes(struct irq_handler *handler)
{
	if (READ_ONCE(out))
		WRITE_ONCE(late, late + 1);
	WRITE_ONCE(seen_twice, seen_twice + 1);
	time_delay(10 * TIME_US); /* so that some removal meets it inside */
	if (READ_ONCE(out))
		WRITE_ONCE(late, late + 1);
	return IRQ_NONE;
}

static const struct irq_operations first_operations = {.handle = stays};
static const struct irq_operations second_operations = {.handle = comes_and_goes};
static struct irq_handler first = {
    .name = "first", .line = PIT_LINE, .operations = &first_operations};
static struct irq_handler second = {
    .name = "second", .line = PIT_LINE, .operations = &second_operations};

static int churn(unsigned rounds)
{
	int error = 0;

	for (unsigned i = 0; i < rounds && !error; i++) {
		error = irq_unregister(&second);
		WRITE_ONCE(out, true);
		time_sleep(50 * TIME_US);
		WRITE_ONCE(out, false);
		if (!error)
			error = irq_register(&second);
	}
	return error;
}

static int move(void)
{
	int error;

	second.line = 0xdead;
	second.operations = NULL;
	time_sleep(TIME_MS);
	error = irq_unregister(&second);
	WRITE_ONCE(out, true);
	time_sleep(TIME_MS);
	WRITE_ONCE(out, false);
	second.line = PIT_LINE;
	second.operations = &second_operations;
	return error ? error : irq_register(&second);
}

static int rules_irq_run(struct command_call *call)
{
	uint64_t start = time_now();
	unsigned before = seen;
	int error = 0;

	if (word_is(call, 1, "churn"))
		error = churn(word_number(call, 2, 1000));
	else if (word_is(call, 1, "moved"))
		error = move();
	else
		time_sleep(100 * TIME_MS);
	command_print(call, "seen %u, by both %u, late %u, %llu a second\n", seen, seen_twice, late,
		      (unsigned long long)((seen - before) * TIME_SECOND / (time_now() - start)));
	return error ? command_fail(call, "second", error, "cannot come or go") : 0;
}

static const struct command_operations command_operations = {.run = rules_irq_run};
static struct command command = {.name = "rules_irq", .operations = &command_operations};

static int __init rules_irq_init(void)
{
	int error = command_register(&command);

	if (!error)
		error = irq_register(&first);
	if (!error)
		error = irq_register(&second);
	if (!error)
		pit_start(10000);
	return error;
}

static void rules_irq_exit(void)
{
	irq_unregister(&second);
	irq_unregister(&first);
	pit_start(PIT_SLOWEST);
	command_unregister(&command);
}

module_init(rules_irq_init);
module_exit(rules_irq_exit);
