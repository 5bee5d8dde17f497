/* What rules_bench calls; and the command `rules_bench_fault` marks the time and faults. */
#include "rules_bench.h"

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static volatile unsigned operated;
static volatile uintptr_t nowhere = 8;

static int operate(struct rules_entry *entry)
{
	operated++;
	return 0;
}

static int fault_run(struct command_call *call)
{
	rules_bench_mark();
	return *(volatile int *)nowhere;
}

static const struct rules_entry_operations entry_operations = {.operate = operate};
static struct rules_entry entry = {.name = "target", .operations = &entry_operations};
static const struct command_operations command_operations = {.run = fault_run};
static struct command command = {.name = "rules_bench_fault", .operations = &command_operations};

static int __init target_init(void)
{
	int error = rules_entry_register(&entry);

	return error ? error : command_register(&command);
}

static void target_exit(void)
{
	command_unregister(&command);
	rules_entry_unregister(&entry);
}

module_init(target_init);
module_exit(target_exit);
