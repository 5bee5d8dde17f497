/*
 * The contents of a module's own tables in a file that is otherwise good: descriptor, parameters,
 * exports, lines of information. A pointer is taken from two bytes of the input, so that it often
 * leads somewhere near the module; whatever is accepted is then used.
 *
 * Input: numbers of parameters and exports (a byte each), descriptor, parameters, exports, the rest
 * is .modinfo.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fuzz.h"

#include "../../tools/komod-check/trial.h"
#include "../host/elf_builder.c"

#define TABLE_MAX 8

static const uint8_t *input;
static size_t left;

static void take(void *to, size_t size)
{
	size_t part = size < left ? size : left;

	memset(to, 0, size);
	memcpy(to, input, part);
	input += part;
	left -= part;
}

static void near_module(void *pointer)
{
	uint64_t value;

	memcpy(&value, pointer, sizeof(value));
	if (value != 0 && value >> 63 == 0)
		value = (value & 0x10000 ? TRIAL_INIT : TRIAL_CORE) + (value & 0x3fff);
	memcpy(pointer, &value, sizeof(value));
}

static void build(struct builder *file)
{
	static struct module_descriptor descriptor;
	static struct module_param params[TABLE_MAX];
	static struct module_export exports[TABLE_MAX];
	static uint8_t code[256], data[256];
	static const char strings[] = "one\0two\0three";
	uint8_t counts[2];

	take(counts, sizeof(counts));
	take(&descriptor, sizeof(descriptor));
	take(params, counts[0] % TABLE_MAX * sizeof(params[0]));
	take(exports, counts[1] % TABLE_MAX * sizeof(exports[0]));
	near_module(&descriptor.init);
	near_module(&descriptor.exit);
	for (unsigned i = 0; i < TABLE_MAX; i++) {
		near_module(&params[i].name);
		near_module(&params[i].value);
		near_module(&params[i].count);
		near_module(&exports[i].name);
		near_module(&exports[i].value);
	}
	builder_begin(file);
	builder_section(file, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code, sizeof(code));
	builder_section(file, ".init.text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code, 16);
	builder_section(file, ".rodata", SHT_PROGBITS, SHF_ALLOC, strings, sizeof(strings));
	builder_section(file, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, data, sizeof(data));
	builder_section(file, ".tenon.module", SHT_PROGBITS, SHF_ALLOC, &descriptor,
			sizeof(descriptor));
	builder_section(file, ".tenon.params", SHT_PROGBITS, SHF_ALLOC, params,
			counts[0] % TABLE_MAX * sizeof(params[0]));
	builder_section(file, ".tenon.exports", SHT_PROGBITS, SHF_ALLOC, exports,
			counts[1] % TABLE_MAX * sizeof(exports[0]));
	builder_section(file, ".modinfo", SHT_PROGBITS, SHF_ALLOC, input, left);
	builder_finish(file);
}

static void use(const struct trial *trial)
{
	uint64_t cursor = 0;
	char name[MODULE_NAME_SIZE];
	const char *list;

	for (uint32_t i = 0; i < trial->tables.export_count; i++)
		FUZZ_CHECK(*trial_string(trial, trial->tables.exports[i].name) != '\0');
	for (uint32_t i = 0; i < trial->tables.param_count; i++) {
		const struct module_param *param = &trial->tables.params[i];
		uint64_t length = (uint64_t)param->size * param->capacity;
		void *storage =
		    elf_memory_at(&trial->file.image.layout, (uint64_t)(uintptr_t)param->value,
				  length, ELF_IN(ELF_DATA));

		FUZZ_CHECK(storage != NULL);
		memset(storage, 0, length);
	}
	while ((list = module_file_info(&trial->file, "depends", &cursor)) != NULL)
		while (module_depends_next(&list, name))
			FUZZ_CHECK(*name != '\0' && strlen(name) <= MODULE_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct elf_limits limits = {1 << 20, 1 << 20, TRIAL_PAGE};
	struct builder file;
	struct trial trial;

	input = data;
	left = size;
	build(&file);
	if (trial_run(&trial, file.bytes, file.size, &limits) == 0)
		use(&trial);
	else
		FUZZ_CHECK(strlen(trial.report.text) > 10);
	trial_end(&trial);
	builder_end(&file);
	return 0;
}
