#pragma once

#include <stdint.h>

/*
 * What a module's file says about itself: the binary interface between modules and the kernel that
 * loads them. A change here is a change of MODULE_ABI.
 *
 *   .tenon.module   exactly one struct module_descriptor
 *   .tenon.exports  array of struct module_export
 *   .tenon.params   array of struct module_param
 *   .modinfo        field=value lines, each ended by NUL
 */
#define MODULE_MAGIC 0x4e4e4f54u /* "TONN" as bytes */
#define MODULE_ABI 1u
#define MODULE_VERMAGIC "tenon-1 SMP x86_64"
#define MODULE_PERCPU_ALIGN 64u /* the largest alignment of per-CPU data: a cache line */
#define MODULE_NAME_MAX 55
#define MODULE_NAME_SIZE (MODULE_NAME_MAX + 1)

struct module_descriptor {
	uint32_t magic;
	uint32_t abi;
	uint32_t size; /* of this structure */
	uint32_t flags;
	char name[MODULE_NAME_SIZE];
	int (*init)(void);  /* or NULL */
	void (*exit)(void); /* or NULL: then it cannot be unloaded */
};

#define MODULE_EXPORT_UNSAFE 0x1u /* registers callbacks that are called without a reference */

struct module_export {
	void *value;
	const char *name;
	uint64_t flags;
};

enum module_param_type {
	MODULE_PARAM_byte, /* uint8_t */
	MODULE_PARAM_short,
	MODULE_PARAM_ushort,
	MODULE_PARAM_int,
	MODULE_PARAM_uint,
	MODULE_PARAM_long,
	MODULE_PARAM_ulong,
	MODULE_PARAM_bool,
	MODULE_PARAM_invbool, /* stores the opposite of what is given */
	MODULE_PARAM_charp,   /* points to a copy that lives as long as the module */
	MODULE_PARAM_string,  /* is copied into the variable, a char array */
	MODULE_PARAM_TYPES,
};

struct module_param {
	const char *name;
	void *value;
	uint32_t type;	   /* enum module_param_type */
	uint32_t size;	   /* bytes of one element; of the whole buffer for `string` */
	uint32_t capacity; /* elements of an array; 1: not an array */
	uint32_t mode;
	void *count; /* 32 bits that get the number of elements given, or NULL */
};
