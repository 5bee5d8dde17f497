/*
 * The smallest module: it comes and it goes. What loading and unloading cost beyond the file's own
 * bytes is measured with it.
 */
static int __init smallest_init(void)
{
	return 0;
}

static void __exit smallest_exit(void)
{
}

module_init(smallest_init);
module_exit(smallest_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The smallest module, loaded and unloaded by the bench");
