/*
 * Functions for interfaces of other modules, as `hook` has them: they believe what the entries of
 * these say.
 */
#include "lends_interface.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static struct lent *lent_of(struct registration *registration)
{
	return container_of(registration, struct lent, registration);
}

int lent_entering(struct registration *registration)
{
	*lent_of(registration)->at_entering = 1;
	return 0;
}
EXPORT_SYMBOL(lent_entering);

void lent_changed(struct registration *registration, bool callable)
{
	*lent_of(registration)->at_change = 1;
}
EXPORT_SYMBOL(lent_changed);

void lent_left(struct registration *registration)
{
	*lent_of(registration)->at_leaving = 1;
}
EXPORT_SYMBOL(lent_left);

static void lends_interface_exit(void)
{
}

module_exit(lends_interface_exit);
