/* /dev/false, of which read and write return what `answer` says. */
#include <files/file.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static long answer;
module_param(answer, long, 0444);

static long false_read(struct node *node, void **file_private, void *buffer, size_t size,
		       uint64_t offset)
{
	return answer;
}

static long false_write(struct node *node, void **file_private, const void *buffer, size_t size,
			uint64_t offset)
{
	return answer;
}

static const struct node_operations operations = {.read = false_read, .write = false_write};
static struct node node = {.name = "false", .operations = &operations};

static int __init false_node_init(void)
{
	return node_register(&node);
}

static void false_node_exit(void)
{
	node_unregister(&node);
}

module_init(false_node_init);
module_exit(false_node_exit);
