/*
 * ps and free: what threads and meminfo say, for people. The figures are the kernel's; each row is
 * a copy, so that a slow reader holds nothing.
 */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("ps and free: threads and memory for people");
MODULE_VERSION("1.0");

#define PAGE_KIB 4u
#define LONG_LLU(value) ((unsigned long long)(value))

static int refuse_words(struct command_call *call)
{
	return command_fail(call, call->argv[1], -EINVAL, "usage: %s", call->argv[0]);
}

/* A unit of time as people read it. */
static void print_seconds(struct command_call *call, uint64_t time)
{
	command_print(call, " %8llu.%02llu", LONG_LLU(time / TIME_SECOND),
		      LONG_LLU(time % TIME_SECOND / (10 * TIME_MS)));
}

static int ps_run(struct command_call *call)
{
	struct thread_row row;

	if (call->argc != 1)
		return refuse_words(call);
	command_print(call, "%6s %-10s %11s %s\n", "PID", "STATE", "TIME", "THREAD");
	for (unsigned i = 0; thread_describe(i, &row) == 0; i++) {
		command_print(call, "%6u %-10s", row.id, row.state);
		print_seconds(call, row.run_time);
		command_print(call, " %s (%s)\n", row.name, row.owner);
	}
	return 0;
}

static int free_run(struct command_call *call)
{
	struct memory_statistics memory;
	uint64_t used;

	if (call->argc != 1)
		return refuse_words(call);
	memory_statistics(&memory);
	used = memory.total_pages - memory.free_pages;
	command_print(call, "%8s %10s %10s %10s %10s\n", "KiB", "total", "used", "free", "modules");
	command_print(call, "%8s %10llu %10llu %10llu %10llu\n", "memory",
		      LONG_LLU(memory.total_pages * PAGE_KIB), LONG_LLU(used * PAGE_KIB),
		      LONG_LLU(memory.free_pages * PAGE_KIB),
		      LONG_LLU(memory.module_pages * PAGE_KIB));
	command_print(call, "%8s %10s %10llu\n", "heap", "-", LONG_LLU(memory.heap_bytes / 1024));
	return 0;
}

static const struct command_operations ps_operations = {.run = ps_run};
static const struct command_operations free_operations = {.run = free_run};

static struct command commands[] = {
    {.name = "ps",
     .help = "lists threads for people",
     .details = "Example: ps | sort -n | tail -n 5",
     .group = "the machine",
     .operations = &ps_operations},
    {.name = "free",
     .help = "shows memory for people",
     .details = "Example: free",
     .group = "the machine",
     .operations = &free_operations},
};

static void procps_exit(void)
{
	command_unregister_table(commands);
}

static int __init procps_init(void)
{
	return command_register_table(commands);
}

module_init(procps_init);
module_exit(procps_exit);
