/* Per-CPU data that wants more alignment than such data gets. */
#include <kernel/module.h>
#include <kernel/percpu.h>

MODULE_LICENSE("MIT");

DEFINE_PER_CPU(char, aligned[256]) __attribute__((aligned(128)));

static int __init per_cpu_aligned_init(void)
{
	return 0;
}

static void per_cpu_aligned_exit(void)
{
}

module_init(per_cpu_aligned_init);
module_exit(per_cpu_aligned_exit);
