/*
 * One more handler of a line that others have; it comes and goes, text and all, while the line
 * fires.
 */
#include <kernel/irq.h>
#include <kernel/module.h>

#include "rules_pit.h"

MODULE_LICENSE("MIT");

static unsigned seen;

static enum irq_result count(struct irq_handler *handler)
{
	seen++;
	return IRQ_NONE;
}

static const struct irq_operations operations = {.handle = count};
static struct irq_handler shared = {.name = "shared", .line = PIT_LINE, .operations = &operations};

static int __init shared_init(void)
{
	return irq_register(&shared);
}

static void shared_exit(void)
{
	irq_unregister(&shared);
}

module_init(shared_init);
module_exit(shared_exit);
