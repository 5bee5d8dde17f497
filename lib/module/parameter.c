/*
 * Words of a load line into a module's variables. The rule: words are gone through twice by the
 * same function, once to check and once to store, and the second pass begins only when the first
 * has seen all words, so that a module never starts with half of its parameters.
 */
#include <lib/module_file.h>

#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/parse.h>

static const struct type {
	const char *name;
	uint32_t size;
	int64_t min; /* of integers */
	uint64_t max;
} types[MODULE_PARAM_TYPES] = {
    [MODULE_PARAM_byte] = {"byte", 1, 0, UINT8_MAX},
    [MODULE_PARAM_short] = {"short", 2, INT16_MIN, INT16_MAX},
    [MODULE_PARAM_ushort] = {"ushort", 2, 0, UINT16_MAX},
    [MODULE_PARAM_int] = {"int", 4, INT32_MIN, INT32_MAX},
    [MODULE_PARAM_uint] = {"uint", 4, 0, UINT32_MAX},
    [MODULE_PARAM_long] = {"long", 8, INT64_MIN, INT64_MAX},
    [MODULE_PARAM_ulong] = {"ulong", 8, 0, UINT64_MAX},
    [MODULE_PARAM_bool] = {.name = "bool", .size = sizeof(bool)},
    [MODULE_PARAM_invbool] = {.name = "invbool", .size = sizeof(bool)},
    [MODULE_PARAM_charp] = {.name = "charp", .size = sizeof(char *)},
    [MODULE_PARAM_string] = {.name = "string"},
};

uint32_t parameter_type_size(uint32_t type)
{
	return type < MODULE_PARAM_TYPES ? types[type].size : 0;
}

const char *parameter_type_name(uint32_t type)
{
	return type < MODULE_PARAM_TYPES ? types[type].name : "unknown";
}

/* One pass over the words. */
struct pass {
	const struct module_param *params;
	unsigned count;
	bool store;
	char *text;		      /* where copies of texts are made */
	size_t used;		      /* bytes of them */
	struct module_report *report; /* NULL: all has been checked */
};

/* @name ends at its NUL or at @end. */
static bool same_name(const char *name, struct elf_text given, char end)
{
	for (uint32_t i = 0; i < given.length; i++) {
		char a = name[i] == '-' ? '_' : name[i];
		char b = given.at[i] == '-' ? '_' : given.at[i];

		if (a == '\0' || a != b)
			return false;
	}
	return name[given.length] == '\0' || name[given.length] == end;
}

/* The parameter that a word is for; NULL: unknown. */
static const struct module_param *find(const struct pass *pass, const char *word)
{
	struct elf_text name = {word, (uint32_t)strcspn(word, "=")};

	for (unsigned i = 0; i < pass->count; i++)
		if (same_name(pass->params[i].name, name, '\0'))
			return &pass->params[i];
	return NULL;
}

static void store_text(char *to, struct elf_text text)
{
	memcpy(to, text.at, text.length);
	to[text.length] = '\0';
}

/* A part of a word, ended by NUL: one byte more than %pT shows. */
struct part {
	char text[82];
};

static struct part part_of(struct elf_text text)
{
	struct part part;

	text.length = min(text.length, (uint32_t)sizeof(part.text) - 1);
	store_text(part.text, text);
	return part;
}

static int take_element(struct pass *pass, const struct module_param *param, uint32_t number,
			struct elf_text element)
{
	const struct type *type = &types[param->type];
	char *at = (char *)param->value + (size_t)number * param->size;
	uint64_t bits = 0;
	bool truth;
	int error;

	if (param->type == MODULE_PARAM_string) {
		if (element.length >= param->size)
			return report_reason(pass->report, -EINVAL,
					     "parameter %pT: '%pT' is too long for type string of "
					     "%u bytes",
					     param->name, element.at, param->size);
		if (pass->store)
			store_text(at, element);
		return 0;
	}
	if (param->type == MODULE_PARAM_charp) {
		if (pass->store) {
			char *copy = pass->text + pass->used;

			store_text(copy, element);
			memcpy(at, &copy, sizeof(copy));
		}
		pass->used += element.length + 1;
		return 0;
	}
	if (type->max == 0) {
		error = parse_bool(element.at, element.length, &truth);
		bits = error == 0 && truth != (param->type == MODULE_PARAM_invbool);
	} else {
		error = parse_integer(element.at, element.length, type->min, type->max, &bits);
	}
	if (error != 0)
		return report_reason(pass->report, -EINVAL, "parameter %pT: '%pT' is %s type %s",
				     param->name, part_of(element).text,
				     error == -ERANGE ? "out of range for" : "not of", type->name);
	if (pass->store)
		memcpy(at, &bits, param->size);
	return 0;
}

/* Only values of arrays have several elements. */
static int take_value(struct pass *pass, const struct module_param *param, const char *value)
{
	uint32_t elements = 1, length;
	int error;

	for (const char *at = value; param->capacity > 1 && *at != '\0'; at++)
		elements += *at == ',';
	if (elements > param->capacity)
		return report_reason(pass->report, -EINVAL,
				     "parameter %pT: '%pT' has %u elements, the array of type %s "
				     "holds %u",
				     param->name, value, elements, parameter_type_name(param->type),
				     param->capacity);
	for (uint32_t i = 0; i < elements; i++, value += length + 1) {
		length = (uint32_t)(param->capacity > 1 ? strcspn(value, ",") : strlen(value));
		error = take_element(pass, param, i, (struct elf_text){value, length});
		if (error)
			return error;
	}
	if (pass->store && param->count != NULL)
		memcpy(param->count, &elements, sizeof(elements));
	return 0;
}

static int refuse_unknown(const struct pass *pass, struct elf_text name)
{
	int error =
	    report_reason(pass->report, -EINVAL, "unknown parameter %pT", part_of(name).text);

	for (unsigned i = 0; i < pass->count; i++)
		report_line(pass->report, "it has %pT, of type %s", pass->params[i].name,
			    parameter_type_name(pass->params[i].type));
	return error;
}

static int take_word(struct pass *pass, const char *const *words, unsigned index)
{
	const char *word = words[index], *value = word + strcspn(word, "=");
	const struct module_param *param = find(pass, word);
	struct elf_text name = {word, (uint32_t)(value - word)};

	if (value == word)
		return report_reason(pass->report, -EINVAL,
				     "'%pT' has no name before the =, write NAME=VALUE", word);
	if (param == NULL)
		return refuse_unknown(pass, name);
	if (*value == '\0' || (value[1] == '\0' && param->type != MODULE_PARAM_charp &&
			       param->type != MODULE_PARAM_string))
		return report_reason(
		    pass->report, -EINVAL,
		    "parameter %pT: a value of type %s is missing, write %pT=VALUE", param->name,
		    parameter_type_name(param->type), param->name);
	for (unsigned i = 0; i < index; i++)
		if (same_name(words[i], name, '='))
			return report_reason(
			    pass->report, -EINVAL,
			    "parameter %pT is given twice, the second time as '%pT'", param->name,
			    value + 1);
	return take_value(pass, param, value + 1);
}

int parameters_check(const struct module_param *params, unsigned count, const char *const *words,
		     unsigned word_count, size_t *text_size, struct module_report *report)
{
	struct pass pass = {.params = params, .count = count, .report = report};

	for (unsigned i = 0; i < word_count; i++) {
		int error = take_word(&pass, words, i);

		if (error)
			return error;
	}
	*text_size = pass.used;
	return 0;
}

void parameters_apply(const struct module_param *params, unsigned count, const char *const *words,
		      unsigned word_count, char *text)
{
	struct pass pass = {.params = params, .count = count, .store = true, .text = text};

	for (unsigned i = 0; i < word_count; i++)
		take_word(&pass, words, i);
}
