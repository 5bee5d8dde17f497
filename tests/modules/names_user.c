/* Has an entry in the heap, which its exit unregisters and frees at once. */
#include "names_probe.h"

#include <kernel/heap.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int answer(void)
{
	return 42;
}

static const struct probed_operations operations = {.answer = answer};
static struct probed *entry;

static int __init names_user_init(void)
{
	entry = heap_alloc_zeroed(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->name = "user";
	entry->operations = &operations;
	return probed_register(entry);
}

static void names_user_exit(void)
{
	probed_unregister(entry);
	heap_free(entry);
}

module_init(names_user_init);
module_exit(names_user_exit);
