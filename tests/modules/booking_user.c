/* Leaves behind what booking_provider has booked to it. */
#include <kernel/module.h>

#include "booking_provider.h"

MODULE_LICENSE("MIT");

static int __init user_init(void)
{
	return book_faulty(THIS_MODULE);
}

static void user_exit(void)
{
}

module_init(user_init);
module_exit(user_exit);
