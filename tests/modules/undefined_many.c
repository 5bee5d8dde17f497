/* Uses 200 functions that nothing exports: more than a report has room for. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

#define ONE(number)                                                                                \
	int missing_with_a_long_name_##number(void);                                               \
	sum += missing_with_a_long_name_##number();
#define TEN(number)                                                                                \
	ONE(number##0)                                                                             \
	ONE(number##1)                                                                             \
	ONE(number##2)                                                                             \
	ONE(number##3)                                                                             \
	ONE(number##4)                                                                             \
	ONE(number##5)                                                                             \
	ONE(number##6)                                                                             \
	ONE(number##7)                                                                             \
	ONE(number##8)                                                                             \
	ONE(number##9)
#define HUNDRED(number)                                                                            \
	TEN(number##0)                                                                             \
	TEN(number##1)                                                                             \
	TEN(number##2)                                                                             \
	TEN(number##3)                                                                             \
	TEN(number##4)                                                                             \
	TEN(number##5)                                                                             \
	TEN(number##6)                                                                             \
	TEN(number##7)                                                                             \
	TEN(number##8)                                                                             \
	TEN(number##9)

static int __init undefined_many_init(void)
{
	int sum = 0;

	HUNDRED(1)
	HUNDRED(2)
	return sum;
}

static void undefined_many_exit(void)
{
}

module_init(undefined_many_init);
module_exit(undefined_many_exit);
