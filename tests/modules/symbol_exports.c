/* Exports a function and a number, which /proc/kallsyms is to tell. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int exported_number = 5;
EXPORT_SYMBOL(exported_number);

int exported_function(void);
int exported_function(void)
{
	return exported_number;
}
EXPORT_SYMBOL(exported_function);

static int __init symbol_exports_init(void)
{
	return 0;
}

static void symbol_exports_exit(void)
{
}

module_init(symbol_exports_init);
module_exit(symbol_exports_exit);
