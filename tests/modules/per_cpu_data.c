/* Per-CPU data of a module: each CPU starts from the template and counts for itself. */
#include <kernel/command.h>
#include <kernel/cpu_call.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>

MODULE_LICENSE("MIT");

static DEFINE_PER_CPU(uint64_t, counted) = 1000;
static DEFINE_PER_CPU(uint32_t, zero);

static void count_here(void *unused)
{
	this_cpu_add(counted, 1);
	this_cpu_add(zero, 2);
}

static int per_cpu_data_run(struct command_call *call)
{
	cpu_call_all(count_here, NULL);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		command_print(call, "%u: %llu %u\n", cpu, (unsigned long long)per_cpu(counted, cpu),
			      per_cpu(zero, cpu));
	return 0;
}

static const struct command_operations per_cpu_data_operations = {.run = per_cpu_data_run};
static struct command per_cpu_data_command = {
    .name = "per_cpu_data",
    .operations = &per_cpu_data_operations,
};

static int __init per_cpu_data_init(void)
{
	return command_register(&per_cpu_data_command);
}

static void per_cpu_data_exit(void)
{
	command_unregister(&per_cpu_data_command);
}

module_init(per_cpu_data_init);
module_exit(per_cpu_data_exit);
