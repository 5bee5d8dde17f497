/* An entry in the interface of span_provider, well behaved. */
#include "span_interface.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int run(void *argument)
{
	return 7;
}
static const struct spanned_operations operations = {.run = run};
static struct spanned entry = {.name = "entry", .operations = &operations};

static int __init span_consumer_init(void)
{
	return spanned_register(&entry);
}

static void span_consumer_exit(void)
{
	spanned_unregister(&entry);
}

module_init(span_consumer_init);
module_exit(span_consumer_exit);
