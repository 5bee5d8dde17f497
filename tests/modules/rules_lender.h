#pragma once

#include <kernel/command.h>

/* What rules_lender does for modules that use it. */
int lender_run(struct command_call *call);			    /* a callback to borrow */
int lender_register(struct command *command, struct module *owner); /* on behalf of @owner */
int lender_take(const struct command_operations *operations);	    /* as its own */
