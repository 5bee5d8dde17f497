#pragma once

#include <kernel/module.h>

/*
 * The one descriptor of a module, in the file that the build generates beside its sources. init and
 * exit are looked up by name, so that a module may also define them directly, or leave one out.
 */
#define MODULE_DESCRIPTOR(module_name_word)                                                        \
	int init_module(void) __attribute__((weak));                                               \
	void cleanup_module(void) __attribute__((weak));                                           \
	MODULE_INFO(name, #module_name_word);                                                      \
	MODULE_INFO(vermagic, MODULE_VERMAGIC);                                                    \
	static const struct module_descriptor descriptor                                           \
	    __attribute__((section(".tenon.module"), used)) = {                                    \
		.magic = MODULE_MAGIC,                                                             \
		.abi = MODULE_ABI,                                                                 \
		.size = sizeof(struct module_descriptor),                                          \
		.name = #module_name_word,                                                         \
		.init = init_module,                                                               \
		.exit = cleanup_module,                                                            \
	}
