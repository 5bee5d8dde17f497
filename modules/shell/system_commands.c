/*
 * The commands that look at the machine: memory, CPUs, threads, interrupts, log, time, stops.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/stop.h>
#include <kernel/stream.h>
#include <kernel/time.h>

#include "commands.h"

#define LONG_LLU(value) ((unsigned long long)(value))

/* In any state, the kernel not counted. */
static unsigned module_count(void)
{
	struct module_line row;
	uint64_t cursor = 0;
	unsigned count = 0;

	while (module_describe(&cursor, &row) == 0)
		count++;
	return count;
}

static int meminfo_run(struct command_call *call)
{
	struct memory_statistics memory;

	if (call->argc != 1)
		return command_usage(call, system_commands);
	memory_statistics(&memory);
	command_print(call, "total_pages %llu\n", LONG_LLU(memory.total_pages));
	command_print(call, "free_pages %llu\n", LONG_LLU(memory.free_pages));
	command_print(call, "heap_bytes %llu\n", LONG_LLU(memory.heap_bytes));
	command_print(call, "heap_objects %llu\n", LONG_LLU(memory.heap_objects));
	command_print(call, "module_pages %llu\n", LONG_LLU(memory.module_pages));
	command_print(call, "modules %u\n", module_count());
	command_print(call, "registrations %u\n", registration_count());
	command_print(call, "threads %u\n", thread_count());
	command_print(call, "timers %u\n", timer_count());
	return 0;
}

static int cpus_run(struct command_call *call)
{
	struct cpu_row row;

	if (call->argc != 1)
		return command_usage(call, system_commands);
	command_print(call, "%-4s %5s %12s %10s %s\n", "CPU", "APIC", "idle_ms", "switches",
		      "Running");
	for (unsigned i = 0; cpu_describe(i, &row) == 0; i++)
		command_print(call, "%-4u %5u %12llu %10llu %s\n", row.cpu, row.apic_id,
			      LONG_LLU(row.idle_time / TIME_MS), LONG_LLU(row.switches),
			      row.running);
	return 0;
}

static int threads_run(struct command_call *call)
{
	struct thread_row row;

	if (call->argc != 1)
		return command_usage(call, system_commands);
	command_print(call, "%-6s %-20s %-10s %4s %10s %s\n", "Id", "Name", "State", "CPU",
		      "time_ms", "Owner");
	for (unsigned i = 0; thread_describe(i, &row) == 0; i++)
		command_print(call, "%-6u %-20s %-10s %4d %10llu %s\n", row.id, row.name, row.state,
			      row.cpu, LONG_LLU(row.run_time / TIME_MS), row.owner);
	return 0;
}

static int irqs_run(struct command_call *call)
{
	struct irq_row *row;
	unsigned cpus = cpu_count();

	if (call->argc != 1)
		return command_usage(call, system_commands);
	row = heap_alloc(sizeof(*row));
	if (!row)
		return command_fail(call, "rows", -ENOMEM, "no memory");
	command_print(call, "%-10s", "Irq");
	for (unsigned cpu = 0; cpu < cpus && cpu < ARRAY_SIZE(row->counts); cpu++)
		command_print(call, " %9s%u", "CPU", cpu);
	command_print(call, "  Handlers\n");
	for (unsigned vector = 0; vector < INTERRUPT_VECTORS; vector++) {
		if (irq_describe(vector, row) != 0)
			continue;
		command_print(call, "%-10s", row->name);
		for (unsigned cpu = 0; cpu < cpus && cpu < ARRAY_SIZE(row->counts); cpu++)
			command_print(call, " %10llu", LONG_LLU(row->counts[cpu]));
		command_print(call, "  %s\n", row->handlers);
	}
	heap_free(row);
	return 0;
}

static int uptime_run(struct command_call *call)
{
	uint64_t now = time_now();

	if (call->argc != 1)
		return command_usage(call, system_commands);
	command_print(call, "up %llu.%06llu s\n", LONG_LLU(now / TIME_SECOND),
		      LONG_LLU(now % TIME_SECOND / TIME_US));
	return 0;
}

static int nothing(void *unused)
{
	return 0;
}

static int stop_run(struct command_call *call)
{
	uint64_t nanoseconds;

	if (call->argc != 1)
		return command_usage(call, system_commands);
	stop_machine(nothing, NULL, &nanoseconds);
	command_print(call, "stop: %llu us\n", LONG_LLU(nanoseconds / TIME_US));
	return 0;
}

#define OPERATIONS(name)                                                                           \
	static const struct command_operations name##_operations = {.run = name##_run}
OPERATIONS(meminfo);
OPERATIONS(cpus);
OPERATIONS(threads);
OPERATIONS(irqs);
OPERATIONS(uptime);
OPERATIONS(stop);

struct command system_commands[] = {
    {.name = "meminfo",
     .help = "shows what memory is used for",
     .details = "A figure a line; after what is undone each is what it was before.\n"
		"Example: meminfo | grep free",
     .group = "the machine",
     .operations = &meminfo_operations},
    {.name = "cpus",
     .help = "lists processors",
     .details = "Example: cpus",
     .group = "the machine",
     .operations = &cpus_operations},
    {.name = "threads",
     .help = "lists threads",
     .details = "Example: threads | grep shell",
     .group = "the machine",
     .operations = &threads_operations},
    {.name = "irqs",
     .help = "lists interrupts with counts",
     .details = "Example: irqs",
     .group = "the machine",
     .operations = &irqs_operations},
    {.name = "dmesg",
     .usage = "[-c | -C] [-w] [-x] [-l LEVEL,...]",
     .help = "prints the log",
     .details = "-c       prints, then clears\n"
		"-C       only clears\n"
		"-w       goes on with what is logged, until Ctrl-C\n"
		"-x       with the level of each record\n"
		"-l LEVEL,...  only those: emerg alert crit err warn notice info debug\n"
		"Example: dmesg -l err,warn",
     .group = "the machine",
     .operations = &dmesg_operations},
    {.name = "uptime",
     .help = "prints the time since boot",
     .details = "Example: uptime",
     .group = "the machine",
     .operations = &uptime_operations},
    {.name = "stop",
     .help = "stops the machine once and says for how long",
     .details = "Example: repeat 10 stop",
     .group = "the machine",
     .operations = &stop_operations},
    {.name = NULL},
};
