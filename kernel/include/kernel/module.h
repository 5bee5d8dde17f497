#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <lib/descriptor.h>
#include <lib/errno.h>
#include <lib/module_state.h>

#include <kernel/source_location.h>
#include <kernel/printk.h>

/*
 * The owner of code: what the rest of the kernel holds of a module. Modules stand in one table at
 * OWNER_TABLE, 16 bytes each; the two counters (gets, puts) of the module at address A are, on
 * every CPU, at gs:(A + OWNER_COUNTER_SHIFT). Slot 0 is the kernel itself, which is always live.
 *
 * Bit 63 of each CPU's gets counter is set while the module is not live, so that one increment both
 * counts and tells. The bit, like the state, changes only while the machine is stopped: no CPU is
 * between the instructions of an increment then.
 */
struct owner;

struct module {
	uint32_t state; /* enum module_state; [S] becomes LIVE and stops being so in a stop */
	uint16_t slot;	/* [I] index in the owner table */
	bool closed; /* [A] only ever set, by the sweep: nothing more is booked (docs/ending.md) */
	struct owner *ledger; /* [I] for the bus and the module mechanism only */
};

#define OWNER_TABLE 0xffffffffff000000
#define OWNER_COUNTERS 0x4000 /* offset of the counters in each CPU's window */
#define OWNER_SLOTS 4096
#define OWNER_COUNTER_SHIFT 0x1004000 /* OWNER_COUNTERS - OWNER_TABLE, modulo 2^64 */
#define OWNER_NOT_LIVE (1ull << 63)   /* in a gets counter */

extern struct module __this_module; /* set by the loader (in the kernel: by the linker) */
#define THIS_MODULE (&__this_module)

/*
 * The rare half of try_module_get, with the get counted already: gives it back and returns false;
 * under `debug` the bit is set for live modules too, and then it notes the place and returns true.
 */
bool module_get_refused(struct module *module);

/*
 * Takes a reference on @module if it is live. False: pretend that what it registered is not there.
 * Context: any but nmi; the pointer must stay valid between look-up and get (preemption off, a
 * lock that unregistering takes, or a reference already held). Never sleeps. Two instructions when
 * it succeeds; why they suffice is told at the head of kernel/bus/reference.c.
 */
static inline __must_check bool try_module_get(struct module *module)
{
	asm goto("incq %%gs:%c1(%0)\n\t"
		 "js %l[refused]"
		 :
		 : "D"(module), "i"(OWNER_COUNTER_SHIFT)
		 : "memory", "cc"
		 : refused);
	return true;
refused:
	return module_get_refused(module);
}

/* Takes one more reference on a module that the caller holds already, or that is its own. */
static inline void __module_get(struct module *module)
{
	asm volatile("incq %%gs:%c1(%0)"
		     :
		     : "D"(module), "i"(OWNER_COUNTER_SHIFT)
		     : "memory", "cc");
}

/* Gives a reference back, on any CPU. Context: any but nmi. */
static inline void module_put(struct module *module)
{
	asm volatile("incq %%gs:%c1(%0)"
		     :
		     : "D"(module), "i"(OWNER_COUNTER_SHIFT + 8)
		     : "memory", "cc");
}

/*
 * Waits until @module, the caller's own, is live, and at boot until the whole boot set is loaded:
 * what a thread that init has started does before it uses what init has registered. -ENODEV when
 * that will not be; -EINTR when the thread is asked to stop; -EDEADLK, with a line in the log, in
 * the module's init or exit. Context: thread.
 */
int module_wait_live(struct module *module);

/* The name of a module ("kernel" for slot 0 and for NULL); valid while the module is held. */
const char *module_name(const struct module *module);

/*
 * Loads NAME with its dependencies, or the file at a path (a name with a '/'), with @count words
 * "param=value". May be called from another module's init. Sleeps.
 */
int module_load(const char *name, const char *const *words, unsigned count);

#define MODULE_INFO_LINE(tag, line, text)                                                          \
	static const char MODULE_INFO_NAME(line)[]                                                 \
	    __attribute__((section(".modinfo"), used, aligned(1))) = tag "=" text
#define MODULE_INFO_NAME(line) MODULE_INFO_PASTE(modinfo_, line)
#define MODULE_INFO_PASTE(a, b) a##b

#define MODULE_INFO(tag, text) MODULE_INFO_LINE(#tag, __COUNTER__, text)
#define MODULE_LICENSE(text) MODULE_INFO(license, text)
#define MODULE_AUTHOR(text) MODULE_INFO(author, text)
#define MODULE_DESCRIPTION(text) MODULE_INFO(description, text)
#define MODULE_VERSION(text) MODULE_INFO(version, text)
#define MODULE_DEPENDS(names) MODULE_INFO(depends, names)
#define MODULE_PARM_DESC(name, text) MODULE_INFO(parm, #name ":" text)

/* init runs in thread context before the module is live; 0 or a negative errno. */
#define module_init(function) int init_module(void) __attribute__((alias(#function)))
/* exit runs in thread context when the module is not held any more; it cannot fail. */
#define module_exit(function) void cleanup_module(void) __attribute__((alias(#function)))

#define __init __attribute__((section(".init.text")))
#define __initdata __attribute__((section(".init.data")))
#define __initconst __attribute__((section(".init.rodata")))

/* Makes @symbol usable by modules that are loaded later; they then depend on this one. For modules:
 * what the kernel exports its headers say (tools/exports.py). */
#define EXPORT_SYMBOL(symbol) EXPORT_SYMBOL_FLAGS(symbol, 0)
/* The same for the register function of an unsafe interface (rule 2 of docs/guide.md). */
#define EXPORT_SYMBOL_UNSAFE(symbol) EXPORT_SYMBOL_FLAGS(symbol, MODULE_EXPORT_UNSAFE)
#define EXPORT_SYMBOL_FLAGS(symbol, bits)                                                          \
	static const char export_name_##symbol[] = #symbol;                                        \
	static const struct module_export export_##symbol                                          \
	    __attribute__((section(".tenon.exports"), used, aligned(8))) = {                       \
		(void *)&symbol, export_name_##symbol, bits}

/*
 * module_param(name, type): a variable of this file that the load line may set. Types: byte short
 * ushort int uint long ulong bool charp. Strings given to charp live as long as the module.
 */
#define module_param(name, type, mode)                                                             \
	MODULE_PARAM_ENTRY(name, name, MODULE_PARAM_##type, #type, mode)
#define module_param_named(name, variable, type, mode)                                             \
	MODULE_PARAM_ENTRY(name, variable, MODULE_PARAM_##type, #type, mode)
/* Takes the type already pasted, since `bool` is a macro. */
#define MODULE_PARAM_ENTRY(name, variable, kind, type_text, mode)                                  \
	MODULE_INFO(parmtype, #name ":" type_text);                                                \
	static const char param_name_##name[] = #name;                                             \
	static const struct module_param param_##name                                              \
	    __attribute__((section(".tenon.params"), used, aligned(8))) = {                        \
		param_name_##name, &(variable), kind, sizeof(variable), 1, mode, NULL}
#define module_param_array(name, type, count_pointer, mode)                                        \
	MODULE_INFO(parmtype, #name ":array of " #type);                                           \
	static const char param_name_##name[] = #name;                                             \
	static const struct module_param param_##name                                              \
	    __attribute__((section(".tenon.params"), used, aligned(8))) = {                        \
		param_name_##name, name, MODULE_PARAM_##type, sizeof((name)[0]),                   \
		ARRAY_SIZE(name),  mode, count_pointer}
#define module_param_string(name, buffer, length, mode)                                            \
	MODULE_INFO(parmtype, #name ":string");                                                    \
	static const char param_name_##name[] = #name;                                             \
	static const struct module_param param_##name                                              \
	    __attribute__((section(".tenon.params"), used, aligned(8))) = {                        \
		param_name_##name, buffer, MODULE_PARAM_string, length, 1, mode, NULL}
