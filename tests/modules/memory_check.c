/*
 * The heap and the mappings, from inside. `heap_stress N`: each CPU allocates and frees, N times,
 * and every object keeps what was written to it. `shootdown N`: an address is mapped to one page,
 * then to another, N times, and no CPU may still see the first. `shootdown N busy`: while no CPU is
 * idle. `heap_misuse`: frees twice, and, which only `debug` finds, writes behind the end and after
 * a free.
 */
#include <string.h>

#include <lib/parse.h>

#include <kernel/boot.h>
#include <kernel/command.h>
#include <kernel/cpu_call.h>
#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

MODULE_LICENSE("MIT");

#define PAGE 4096ul
#define DIRECT_MAP 0xffff800000000000ul
#define CPUS_MAX 64
#define OBJECTS 128

static int count_argument(struct command_call *call, uint64_t *count)
{
	const char *text = call->argc > 1 ? call->argv[1] : "";

	if (parse_integer(text, strlen(text), 1, UINT32_MAX, count))
		return command_fail(call, text, -EINVAL, "not a number");
	return 0;
}

struct object {
	unsigned char *bytes;
	size_t size;
};

static int object_make(struct object *object, uint64_t random)
{
	object->size = random % (16u << random / 64 % 11);
	object->bytes = heap_alloc(object->size);
	if (!object->bytes)
		return -ENOMEM;
	memset(object->bytes, (int)object->size, object->size);
	return 0;
}

static int object_end(struct object *object)
{
	for (size_t i = 0; i < object->size; i++)
		if (object->bytes[i] != (unsigned char)object->size)
			return -EIO;
	heap_free(object->bytes);
	object->bytes = NULL;
	return 0;
}

static int stress(void *argument)
{
	uint64_t count = *(uint64_t *)argument, random = cpu_id() * 7919 + 1;
	struct object *objects = heap_alloc_zeroed(OBJECTS * sizeof(*objects));
	int error = objects ? 0 : -ENOMEM;

	for (uint64_t i = 0; !error && i < count; i++) {
		struct object *object = &objects[random >> 33 & (OBJECTS - 1)];

		random = random * 6364136223846793005u + 1442695040888963407u;
		error = object->bytes ? object_end(object) : object_make(object, random >> 20);
	}
	for (unsigned i = 0; !error && i < OBJECTS; i++)
		error = objects[i].bytes ? object_end(&objects[i]) : 0;
	heap_free(objects);
	return error;
}

/* One thread on each CPU. */
static unsigned start_all(struct thread **threads, int (*function)(void *), void *argument)
{
	unsigned started = 0;

	for (unsigned cpu = 0; cpu < cpu_count() && cpu < CPUS_MAX; cpu++) {
		threads[started] = thread_create_on((int)cpu, function, argument, "memory/%u", cpu);
		started += threads[started] != NULL;
	}
	return started;
}

static int stop_all(struct thread **threads, unsigned count)
{
	int error = 0;

	for (unsigned i = 0; i < count; i++) {
		int result = thread_stop(threads[i]);

		error = error ? error : result;
	}
	return error;
}

static int heap_stress_run(struct command_call *call)
{
	struct thread *threads[CPUS_MAX];
	uint64_t count;
	int error = count_argument(call, &count);

	if (error)
		return error;
	error = stop_all(threads, start_all(threads, stress, &count));
	if (error)
		return command_fail(call, "heap", error, "an object did not keep its contents");
	return 0;
}

struct piece {
	struct piece *next;
};

static int heap_fill_run(struct command_call *call)
{
	struct piece *pieces = NULL, *piece;
	uint64_t bytes = 0;

	for (size_t size = 64ul << 20; size >= 16; size /= 4) {
		while ((piece = heap_alloc(size))) {
			piece->next = pieces;
			pieces = piece;
			bytes += size;
		}
	}
	while ((piece = pieces)) {
		pieces = piece->next;
		heap_free(piece);
	}
	command_print(call, "%llu MiB\n", (unsigned long long)bytes >> 20);
	return 0;
}

struct look {
	const volatile uint64_t *address;
	uint64_t expected;
	uint32_t wrong; /* atomic */
};

static void look(void *argument)
{
	struct look *here = argument;

	if (*here->address != here->expected)
		__atomic_fetch_add(&here->wrong, 1, __ATOMIC_RELAXED);
}

/* Maps @page, has all CPUs read it there, and takes it away again; returns how many saw else. */
static unsigned map_and_look(const uint64_t *page, const void **address)
{
	struct look here = {.expected = *page};

	here.address = io_map((uint64_t)page - DIRECT_MAP, PAGE, IO_CACHED);
	*address = (const void *)here.address;
	if (!here.address)
		return 1;
	cpu_call_all(look, &here);
	io_unmap((void *)here.address);
	return here.wrong;
}

static int spin(void *unused)
{
	while (!thread_should_stop())
		thread_yield();
	return 0;
}

static int shoot(struct command_call *call, const uint64_t *first, const uint64_t *second,
		 uint64_t count)
{
	const void *one, *other;

	for (uint64_t i = 0; i < count; i++) {
		if (map_and_look(first, &one) || map_and_look(second, &other))
			return command_fail(call, "shootdown", -EIO, "a CPU saw the old page");
		if (one != other)
			return command_fail(call, "shootdown", -EIO, "the address was not reused");
	}
	return 0;
}

static int shootdown_run(struct command_call *call)
{
	unsigned char *memory = heap_alloc(3 * PAGE);
	uint64_t *first = (uint64_t *)(((uint64_t)memory + PAGE - 1) & ~(PAGE - 1));
	uint64_t *second = first + PAGE / sizeof(*first), count;
	struct thread *threads[CPUS_MAX];
	unsigned started = 0;
	int error = memory ? count_argument(call, &count) : -ENOMEM;

	if (!error) {
		*first = 1;
		*second = 2;
		if (call->argc > 2)
			started = start_all(threads, spin, NULL);
		error = shoot(call, first, second, count);
		stop_all(threads, started);
	}
	heap_free(memory);
	return error;
}

static int heap_misuse_run(struct command_call *call)
{
	char *volatile object = heap_alloc(20);

	if (!object)
		return -ENOMEM;
	heap_free(object);
	heap_free(object);
	if (!debug_enabled)
		return 0;
	object = heap_alloc(20);
	object[20] = 1;
	heap_free(object);
	object[3] = 1;
	heap_free(heap_alloc(20));
	return 0;
}

static const struct command_operations operations[] = {
    {.run = heap_stress_run},
    {.run = shootdown_run},
    {.run = heap_fill_run},
    {.run = heap_misuse_run},
};
static struct command commands[] = {
    {.name = "heap_stress", .operations = &operations[0]},
    {.name = "shootdown", .operations = &operations[1]},
    {.name = "heap_fill", .operations = &operations[2]},
    {.name = "heap_misuse", .operations = &operations[3]},
};

static int __init memory_check_init(void)
{
	int error = 0;

	unsigned done = 0;

	while (done < ARRAY_SIZE(commands) && !(error = command_register(&commands[done])))
		done++;
	while (error && done > 0)
		command_unregister(&commands[--done]);
	return error;
}

static void memory_check_exit(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
		command_unregister(&commands[i]);
}

module_init(memory_check_init);
module_exit(memory_check_exit);
