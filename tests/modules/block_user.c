/*
 * Uses a disk as a filesystem would: `block_user open NAME` holds it until `block_user close`;
 * `block_user read FIRST COUNT DEPTH [KEY]` reads COUNT pieces of `piece` sectors from sector FIRST
 * on, DEPTH requests at once, and compares: each 8 bytes are their own offset on the disk, changed
 * by KEY. write writes the same; flush and discard are one request. `block_user begin COUNT` begins
 * that many reads, which `block_user end` waits for.
 */
#include <string.h>

#include <block/blkdev.h>
#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <lib/parse.h>

MODULE_LICENSE("MIT");

#define DEPTH_MAX 64u

static unsigned piece = 8;
module_param(piece, uint, 0444);
MODULE_PARM_DESC(piece, "sectors of a request");

static struct block_handle *handle;

struct slot {
	struct block_request request;
	struct io_buffer *buffer;
	bool under_way;
};

struct run {
	struct command_call *call;
	enum block_operation operation;
	uint64_t first, count, depth, key;
	uint64_t wrong, errors;
	int error;
};

static void fill(const struct run *run, struct slot *slot)
{
	uint64_t *words = io_buffer_memory(slot->buffer);

	for (size_t i = 0; i < piece * BLOCK_SECTOR / 8; i++)
		words[i] = (slot->request.first * BLOCK_SECTOR + 8 * i) ^ run->key;
}

static void compare(struct run *run, const struct slot *slot)
{
	const uint64_t *words = io_buffer_memory(slot->buffer);

	for (size_t i = 0; i < piece * BLOCK_SECTOR / 8; i++)
		run->wrong += words[i] != ((slot->request.first * BLOCK_SECTOR + 8 * i) ^ run->key);
}

static void finish(struct run *run, struct slot *slot)
{
	int error;

	if (!slot->under_way)
		return;
	slot->under_way = false;
	error = block_wait(handle, &slot->request);
	if (error) {
		run->errors++;
		run->error = error;
	} else if (run->operation == BLOCK_READ) {
		compare(run, slot);
	}
}

static void begin(struct run *run, struct slot *slot, uint64_t index)
{
	int error;

	slot->request.operation = run->operation;
	slot->request.first = run->first + index * piece;
	slot->request.count = piece;
	/* In two parts, so that there is more than one. */
	slot->request.parts[0] = (struct block_part){slot->buffer, 0, 3 * BLOCK_SECTOR};
	slot->request.parts[1] =
	    (struct block_part){slot->buffer, 3 * BLOCK_SECTOR, (piece - 3) * BLOCK_SECTOR};
	slot->request.part_count = 2;
	if (block_geometry(handle)->parts_max < 2 || block_geometry(handle)->block_size > 512 ||
	    block_geometry(handle)->flags & BLKDEV_WHOLE_PAGES) {
		slot->request.parts[0].length = piece * BLOCK_SECTOR;
		slot->request.part_count = 1;
	}
	if (run->operation == BLOCK_WRITE)
		fill(run, slot);
	error = block_submit(handle, &slot->request);
	slot->under_way = error == 0;
	if (error) {
		run->errors++;
		run->error = error;
	}
}

static int transfer(struct run *run)
{
	struct slot *slots = heap_alloc_zeroed(DEPTH_MAX * sizeof(*slots));
	uint64_t lent = 0;

	if (!slots)
		return -ENOMEM;
	for (uint64_t i = 0; i < run->depth; i++)
		slots[i].buffer = io_buffer_take(piece * BLOCK_SECTOR);
	for (uint64_t i = 0; i < run->count && slots[i % run->depth].buffer; i++) {
		finish(run, &slots[i % run->depth]);
		begin(run, &slots[i % run->depth], i);
	}
	for (uint64_t i = 0; i < run->depth; i++) {
		finish(run, &slots[i]);
		lent += slots[i].buffer && io_buffer_is_lent(slots[i].buffer);
		io_buffer_give(slots[i].buffer);
	}
	heap_free(slots);
	command_print(run->call, "%llu pieces, %llu errors, %llu wrong, %llu lent\n",
		      (unsigned long long)run->count, (unsigned long long)run->errors,
		      (unsigned long long)run->wrong, (unsigned long long)lent);
	return run->error;
}

static struct slot *begun;
static uint64_t begun_count;

static int begin_some(struct command_call *call)
{
	struct run run = {.call = call, .operation = BLOCK_READ};

	if (begun || call->argc != 3 ||
	    parse_integer(call->argv[2], strlen(call->argv[2]), 1, DEPTH_MAX, &begun_count) != 0)
		return -EINVAL;
	begun = heap_alloc_zeroed(DEPTH_MAX * sizeof(*begun));
	if (!begun)
		return -ENOMEM;
	for (uint64_t i = 0; i < begun_count; i++) {
		begun[i].buffer = io_buffer_take(piece * BLOCK_SECTOR);
		if (begun[i].buffer)
			begin(&run, &begun[i], i);
	}
	return run.error;
}

static int end_some(struct command_call *call)
{
	struct run run = {.call = call, .operation = BLOCK_READ};
	uint64_t lent = 0;

	for (uint64_t i = 0; begun && i < begun_count; i++) {
		finish(&run, &begun[i]);
		lent += begun[i].buffer && io_buffer_is_lent(begun[i].buffer);
		io_buffer_give(begun[i].buffer);
	}
	heap_free(begun);
	begun = NULL;
	command_print(call, "%llu errors, %llu wrong, %llu lent\n", (unsigned long long)run.errors,
		      (unsigned long long)run.wrong, (unsigned long long)lent);
	return run.error;
}

/* Requests that must be refused. */
static int refused(struct command_call *call)
{
	static const struct {
		uint64_t first, count;
		uint32_t offset, length;
	} cases[] = {{0, 0, 0, 0},
		     {0, 8, 0, 512},
		     {0, 8, 512, 4096},
		     {0, 1, 0, 511},
		     {0, 1, 1, 512},
		     {UINT64_MAX, 8, 0, 4096},
		     {1ull << 55, 8, 0, 4096},
		     {0, 1ull << 40, 0, 4096}};
	struct slot *slot = heap_alloc_zeroed(sizeof(*slot));
	unsigned taken = 0;

	if (!slot)
		return -ENOMEM;
	slot->buffer = io_buffer_take(4096);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		slot->request = (struct block_request){
		    .first = cases[i].first, .count = cases[i].count, .part_count = 1};
		slot->request.parts[0] =
		    (struct block_part){slot->buffer, cases[i].offset, cases[i].length};
		if (block_submit(handle, &slot->request) != -EINVAL)
			taken++;
	}
	slot->request = (struct block_request){.count = 8, .part_count = 1};
	slot->request.parts[0] = (struct block_part){NULL, 0, 4096};
	taken += block_submit(handle, &slot->request) != -EINVAL;
	slot->request = (struct block_request){.count = 8, .part_count = BLOCK_PARTS + 1};
	taken += block_submit(handle, &slot->request) != -EINVAL;
	io_buffer_give(slot->buffer);
	heap_free(slot);
	command_print(call, "%u taken\n", taken);
	return 0;
}

static bool number(struct command_call *call, int index, uint64_t *value)
{
	*value = 0;
	return index >= call->argc || parse_integer(call->argv[index], strlen(call->argv[index]), 0,
						    UINT64_MAX, value) == 0;
}

static int do_run(struct command_call *call)
{
	static const char *const names[] = {"read", "write", "flush", "discard"};
	struct run run = {.call = call};
	struct block_request *request;
	size_t i;
	int error;

	for (i = 0; i < ARRAY_SIZE(names) && strcmp(names[i], call->argv[1]) != 0; i++)
		;
	run.operation = (enum block_operation)i;
	if (i == ARRAY_SIZE(names) || !number(call, 2, &run.first) ||
	    !number(call, 3, &run.count) || !number(call, 4, &run.depth) ||
	    !number(call, 5, &run.key) || run.depth > DEPTH_MAX)
		return -EINVAL;
	if (run.operation <= BLOCK_WRITE)
		return run.depth ? transfer(&run) : -EINVAL;
	request = heap_alloc_zeroed(sizeof(*request));
	if (!request)
		return -ENOMEM;
	request->operation = run.operation;
	request->first = run.first;
	request->count = run.count;
	error = block_submit(handle, request);
	if (!error)
		error = block_wait(handle, request);
	heap_free(request);
	return error;
}

static int user_run(struct command_call *call)
{
	const char *what = call->argc > 1 ? call->argv[1] : "";
	int error = 0;

	if (strcmp(what, "open") == 0 && call->argc == 3 && !handle)
		error = block_open(call->argv[2], &handle);
	else if (!handle)
		error = -EBADF;
	else if (strcmp(what, "close") == 0) {
		block_close(handle);
		handle = NULL;
	} else if (strcmp(what, "refused") == 0)
		error = refused(call);
	else if (strcmp(what, "begin") == 0)
		error = begin_some(call);
	else if (strcmp(what, "end") == 0)
		error = end_some(call);
	else
		error = do_run(call);
	return error ? command_fail(call, what, error, "%s", errno_text(error)) : 0;
}

static const struct command_operations operations = {.run = user_run};
static struct command command = {.name = "block_user", .operations = &operations};

static int __init user_init(void)
{
	return command_register(&command);
}

static void user_exit(void)
{
	command_unregister(&command);
	if (handle)
		block_close(handle);
}

module_init(user_init);
module_exit(user_exit);
