/* Thread-local data, which the kernel has none of. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".pushsection .tdata,\"awT\",@progbits\n .long 1\n .popsection");

static int __init thread_local_data_init(void)
{
	return 0;
}

static void thread_local_data_exit(void)
{
}

module_init(thread_local_data_init);
module_exit(thread_local_data_exit);
