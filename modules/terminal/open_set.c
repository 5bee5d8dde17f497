/* Sets of open objects: <kernel/open_set.h>. */
#include <kernel/open_set.h>

#include <stdint.h>

#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/printk.h>

#define OBJECT_ALIGN 16 /* of the heap */

static struct open_node **bucket_of(struct open_set *set, const struct open_node *node)
{
	return &set->buckets[(uintptr_t)node / OBJECT_ALIGN % OPEN_SET_BUCKETS];
}

void open_set_add(struct open_set *set, struct open_node *node)
{
	struct open_node **bucket = bucket_of(set, node);

	spin_lock(&set->lock);
	node->next = *bucket;
	*bucket = node;
	spin_unlock(&set->lock);
}
EXPORT_SYMBOL(open_set_add);

bool open_set_take(struct open_set *set, const struct open_node *node)
{
	struct open_node **place = bucket_of(set, node);
	bool found;

	spin_lock(&set->lock);
	while (*place && *place != node)
		place = &(*place)->next;
	found = *place;
	if (found)
		*place = node->next;
	spin_unlock(&set->lock);
	return found;
}
EXPORT_SYMBOL(open_set_take);

bool open_set_take_for(struct open_set *set, const struct open_node *node, const void *caller)
{
	char where[96];

	if (open_set_take(set, node))
		return true;
	code_describe((uint64_t)caller - 1, where, sizeof(where));
	printk(KERN_ERR "%s: closes %s that is not open\n", where, set->what);
	return false;
}
EXPORT_SYMBOL(open_set_take_for);
