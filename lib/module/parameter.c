/*
 * Words of a load line into a module's variables. The rule: the checking pass and the storing pass
 * take words apart by the same functions, and the second begins only when the first has seen all
 * words, so that a module never starts with half of its parameters.
 */
#include <lib/parameter.h>

#include <stdbool.h>
#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/parse.h>

static const struct type {
	const char *name;
	uint32_t size;
	bool is_signed;
	int64_t min;
	uint64_t max; /* of an integer; 0: none */
} types[MODULE_PARAM_TYPES] = {
    [MODULE_PARAM_byte] = {"byte", 1, false, 0, UINT8_MAX},
    [MODULE_PARAM_short] = {"short", 2, true, INT16_MIN, INT16_MAX},
    [MODULE_PARAM_ushort] = {"ushort", 2, false, 0, UINT16_MAX},
    [MODULE_PARAM_int] = {"int", 4, true, INT32_MIN, INT32_MAX},
    [MODULE_PARAM_uint] = {"uint", 4, false, 0, UINT32_MAX},
    [MODULE_PARAM_long] = {"long", 8, true, INT64_MIN, INT64_MAX},
    [MODULE_PARAM_ulong] = {"ulong", 8, false, 0, UINT64_MAX},
    [MODULE_PARAM_bool] = {"bool", sizeof(bool), false, 0, 0},
    [MODULE_PARAM_invbool] = {"invbool", sizeof(bool), false, 0, 0},
    [MODULE_PARAM_charp] = {"charp", sizeof(char *), false, 0, 0},
    [MODULE_PARAM_string] = {"string", 0, false, 0, 0},
};

uint32_t parameter_type_size(uint32_t type)
{
	return type < MODULE_PARAM_TYPES ? types[type].size : 0;
}

const char *parameter_type_name(uint32_t type)
{
	return type < MODULE_PARAM_TYPES ? types[type].name : "unknown";
}

static bool is_text(const struct module_param *param)
{
	return param->type == MODULE_PARAM_charp || param->type == MODULE_PARAM_string;
}

/* A word taken apart. */
struct assignment {
	const struct module_param *param; /* NULL: unknown */
	struct elf_text name;
	struct elf_text value; /* at == NULL: there is no '=' */
};

static bool same_name(const char *name, struct elf_text given)
{
	for (uint32_t i = 0; i < given.length; i++) {
		char a = name[i] == '-' ? '_' : name[i];
		char b = given.at[i] == '-' ? '_' : given.at[i];

		if (a == '\0' || a != b)
			return false;
	}
	return name[given.length] == '\0';
}

static struct assignment take_apart(const struct module_param *params, unsigned count,
				    const char *word)
{
	struct assignment found = {.name = {word, (uint32_t)strcspn(word, "=")}};

	if (word[found.name.length] == '=') {
		found.value.at = word + found.name.length + 1;
		found.value.length = (uint32_t)strlen(found.value.at);
	}
	for (unsigned i = 0; i < count && found.param == NULL; i++)
		if (same_name(params[i].name, found.name))
			found.param = &params[i];
	return found;
}

/* The first element of @rest, which becomes what follows it. Only arrays have several. */
static struct elf_text first_element(const struct module_param *param, struct elf_text *rest)
{
	struct elf_text element = *rest;
	const char *comma = param->capacity > 1 ? memchr(rest->at, ',', rest->length) : NULL;

	if (comma != NULL)
		element.length = (uint32_t)(comma - rest->at);
	rest->at = comma != NULL ? comma + 1 : NULL;
	rest->length -= element.length + (comma != NULL);
	return element;
}

/* What can be stored as a number, into its bits; texts are looked at by length only. */
static enum elf_reason read_element(const struct module_param *param, struct elf_text text,
				    uint64_t *bits)
{
	const struct type *type = &types[param->type];
	int64_t number = 0;
	bool truth = false;
	int err;

	if (param->type == MODULE_PARAM_string)
		return text.length < param->size ? ELF_FINE : PARAMETER_LENGTH;
	if (param->type == MODULE_PARAM_charp)
		return ELF_FINE;
	if (type->max == 0) {
		err = parse_bool(text.at, text.length, &truth);
		*bits = truth != (param->type == MODULE_PARAM_invbool);
	} else if (type->is_signed) {
		err = parse_s64(text.at, text.length, type->min, (int64_t)type->max, &number);
		*bits = (uint64_t)number;
	} else {
		err = parse_u64(text.at, text.length, 0, type->max, bits);
	}
	if (err == -ERANGE)
		return PARAMETER_RANGE;
	return err == 0 ? ELF_FINE : PARAMETER_MALFORMED;
}

/* Fills in what a refusal has to name, apart from the reason. */
static int refuse(struct elf_diag *diag, enum elf_reason reason, const struct assignment *found,
		  uint64_t value, uint64_t limit)
{
	struct elf_diag filled = {.reason = reason,
				  .name = found->name,
				  .text = found->value,
				  .value = value,
				  .limit = limit};

	if (found->param != NULL) {
		filled.field.at = parameter_type_name(found->param->type);
		filled.field.length = (uint32_t)strlen(filled.field.at);
	}
	return elf_refuse(diag, filled);
}

static int check_value(const struct assignment *found, size_t *text_size, struct elf_diag *diag)
{
	struct elf_text rest = found->value;
	uint64_t elements = 0, bits = 0;

	while (rest.at != NULL) {
		struct elf_text element = first_element(found->param, &rest);
		enum elf_reason reason = read_element(found->param, element, &bits);

		elements++;
		if (reason != ELF_FINE) {
			struct assignment part = {found->param, found->name, element};

			return refuse(diag, reason, &part, 0, found->param->size);
		}
		if (found->param->type == MODULE_PARAM_charp)
			*text_size += element.length + 1;
	}
	if (elements > found->param->capacity)
		return refuse(diag, PARAMETER_ELEMENTS, found, elements, found->param->capacity);
	return 0;
}

int parameters_check(const struct module_param *params, unsigned count, const char *const *words,
		     unsigned word_count, size_t *text_size, struct elf_diag *diag)
{
	*text_size = 0;
	*diag = (struct elf_diag){};
	for (unsigned i = 0; i < word_count; i++) {
		struct assignment found = take_apart(params, count, words[i]);
		int err;

		if (found.param == NULL)
			return refuse(diag, PARAMETER_UNKNOWN, &found, 0, 0);
		if (found.value.at == NULL || (found.value.length == 0 && !is_text(found.param)))
			return refuse(diag, PARAMETER_MISSING, &found, 0, 0);
		for (unsigned j = 0; j < i; j++)
			if (take_apart(params, count, words[j]).param == found.param)
				return refuse(diag, PARAMETER_TWICE, &found, 0, 0);
		err = check_value(&found, text_size, diag);
		if (err != 0)
			return err;
	}
	return 0;
}

/* Stores one element, strings by way of *@text, from where copies are made. */
static void store_element(const struct module_param *param, uint32_t index, struct elf_text element,
			  char **text)
{
	char *at = (char *)param->value + (size_t)index * param->size;
	uint64_t bits = 0;

	if (param->type == MODULE_PARAM_string) {
		memcpy(at, element.at, element.length);
		at[element.length] = '\0';
	} else if (param->type == MODULE_PARAM_charp) {
		memcpy(*text, element.at, element.length);
		(*text)[element.length] = '\0';
		memcpy(at, text, sizeof(*text));
		*text += element.length + 1;
	} else {
		read_element(param, element, &bits);
		memcpy(at, &bits, param->size);
	}
}

void parameters_apply(const struct module_param *params, unsigned count, const char *const *words,
		      unsigned word_count, char *text)
{
	for (unsigned i = 0; i < word_count; i++) {
		struct assignment found = take_apart(params, count, words[i]);
		struct elf_text rest = found.value;
		uint32_t elements = 0;

		while (rest.at != NULL) {
			struct elf_text element = first_element(found.param, &rest);

			store_element(found.param, elements++, element, &text);
		}
		if (found.param->count != NULL)
			memcpy(found.param->count, &elements, sizeof(elements));
	}
}
