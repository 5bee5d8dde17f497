/*
 * A node with state: each reading of /dev/counter from its start gives the next number, and writing
 * a number sets it. A read past the start is the end of the file, so one `cat` counts once.
 */
#include <string.h>

#include <lib/parse.h>

#include <files/file.h>
#include <kernel/module.h>
#include <kernel/spinlock.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("/dev/counter: each cat prints the next number");
MODULE_VERSION("1.0");

static DEFINE_SPINLOCK(counter_lock);
static uint64_t counter_value; /* [L] the last number given out */

static long counter_read(struct node *node, void **unused, void *buffer, size_t size,
			 uint64_t offset)
{
	char text[24];
	uint64_t value;
	int length;

	if (offset > 0 || size == 0)
		return 0;
	spin_lock(&counter_lock);
	value = ++counter_value;
	spin_unlock(&counter_lock);
	length = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)value);
	if ((size_t)length > size)
		length = (int)size;
	memcpy(buffer, text, (size_t)length);
	return length;
}

static long counter_write(struct node *node, void **unused, const void *buffer, size_t size,
			  uint64_t offset)
{
	const char *text = buffer;
	size_t length = size;
	uint64_t value;
	int error;

	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	if (length == 0)
		return (long)size;
	error = parse_integer(text, length, 0, UINT64_MAX - 1, &value);
	if (error)
		return error;
	spin_lock(&counter_lock);
	counter_value = value;
	spin_unlock(&counter_lock);
	return (long)size;
}

static const struct node_operations counter_operations = {
    .read = counter_read,
    .write = counter_write,
};
static struct node counter_node = {.name = "counter", .operations = &counter_operations};

static int __init counter_init(void)
{
	return node_register(&counter_node);
}

static void counter_exit(void)
{
	node_unregister(&counter_node);
}

module_init(counter_init);
module_exit(counter_exit);
