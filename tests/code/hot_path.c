/*
 * The paths whose length in instructions is part of their contract, each between two marks that
 * tests/code/count.py finds in the built code. Built with the flags of a module.
 */
#include <kernel/hook.h>
#include <kernel/module.h>

#define MARK_BEGIN asm volatile("nopl 0x1111(%%rax)" ::: "memory")
#define MARK_END asm volatile("nopl 0x2222(%%rax)" ::: "memory")

void hot_get(struct module *module);
void hot_put(struct module *module);
void hot_again(struct module *module);
enum hook_verdict hot_hook(struct hook_point *point, void *message);

void hot_get(struct module *module)
{
	asm volatile("" : "+D"(module));
	MARK_BEGIN;
	if (try_module_get(module))
		MARK_END;
}

void hot_put(struct module *module)
{
	asm volatile("" : "+D"(module));
	MARK_BEGIN;
	module_put(module);
	MARK_END;
}

void hot_again(struct module *module)
{
	asm volatile("" : "+D"(module));
	MARK_BEGIN;
	__module_get(module);
	MARK_END;
}

enum hook_verdict hot_hook(struct hook_point *point, void *message)
{
	MARK_BEGIN;
	if (hook_run(point, message) == HOOK_PASS)
		MARK_END;
	return HOOK_PASS;
}
