/* Per-CPU data, most of what all modules together may have. */
#include <kernel/module.h>
#include <kernel/percpu.h>

MODULE_LICENSE("MIT");

DEFINE_PER_CPU(char, much[20000]);

static int __init per_cpu_much_init(void)
{
	return 0;
}

static void per_cpu_much_exit(void)
{
}

module_init(per_cpu_much_init);
module_exit(per_cpu_much_exit);
