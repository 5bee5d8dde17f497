/* Uses functions that nothing exports, one that provider.ko would, and a weak one, which may be
 * missing. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int provider_answer(void);
int module_describf(void);
int nothing_is_called_like_this(void);
int provider_answr(void);
__attribute__((weak)) int weak_and_missing(void);

static int __init undefined_symbols_init(void)
{
	return provider_answer() + module_describf() + nothing_is_called_like_this() +
	       provider_answr() + (weak_and_missing ? weak_and_missing() : 0);
}

static void undefined_symbols_exit(void)
{
}

module_init(undefined_symbols_init);
module_exit(undefined_symbols_exit);
