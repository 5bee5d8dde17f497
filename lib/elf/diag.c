/*
 * Refusals, and the sentences that are made of them. The rule: what came from the file is escaped
 * and cut before it becomes part of a sentence.
 */
#include <lib/elf_diag.h>

#include <stdbool.h>

#include <lib/compiler.h>
#include <lib/format.h>

int elf_refuse(struct elf_diag *diag, int err, uint64_t value, uint64_t limit, const char *sentence)
{
	diag->err = -err;
	diag->sentence = sentence;
	diag->value = value;
	diag->limit = limit;
	return -err;
}

/* Where the sentence goes; counts on when there is no more room. */
struct sentence {
	char *buffer;
	size_t size;
	size_t length;
};

static void __printf(2, 3) put(struct sentence *out, const char *format, ...)
{
	size_t at = min(out->length, out->size);
	va_list arguments;

	va_start(arguments, format);
	out->length += (size_t)format_text_v(out->size ? out->buffer + at : NULL, out->size - at,
					     format, arguments);
	va_end(arguments);
}

#define FOREIGN_MAX 80u /* bytes of a foreign text that are shown */

static void put_foreign(struct sentence *out, struct elf_text text)
{
	char escaped[FOREIGN_MAX * ESCAPE_MAX + 1];

	escape_text(escaped, sizeof(escaped), text.at, min(text.length, FOREIGN_MAX));
	put(out, "%s%s", escaped, text.length > FOREIGN_MAX ? "..." : "");
}

static void put_section(struct sentence *out, const struct elf_diag *diag)
{
	if (diag->section == 0)
		return;
	put(out, "section %u", diag->section);
	if (diag->section_name.length > 0) {
		put(out, " (");
		put_foreign(out, diag->section_name);
		put(out, ")");
	}
	put(out, ": ");
}

static void put_addend(struct sentence *out, int64_t addend)
{
	if (addend < 0)
		put(out, "-%#lx", 0 - (uint64_t)addend);
	else if (addend > 0)
		put(out, "+%#lx", (uint64_t)addend);
}

/* The words in braces differ in their first letters. */
static void put_field(struct sentence *out, const struct elf_diag *diag, char word)
{
	switch (word) {
	case 'i':
		return put(out, "%lu", diag->index);
	case 'v':
		return put(out, "%lu", diag->value);
	case 'l':
		return put(out, "%lu", diag->limit);
	case 'h':
		return put(out, "%#lx", diag->value);
	case 'a':
		return put_addend(out, diag->addend);
	case 'c':
		return put(out, "%s", diag->cure);
	case 'f':
		return put_foreign(out, diag->field);
	case 'n':
		return put_foreign(out, diag->name);
	default:
		return put_foreign(out, diag->text);
	}
}

int elf_diag_text(const struct elf_diag *diag, char *buffer, size_t size)
{
	struct sentence out = {buffer, size, 0};
	const char *at = diag->sentence ? diag->sentence : "nothing is wrong";

	put_section(&out, diag);
	for (;;) {
		size_t length = strcspn(at, "{");

		put(&out, "%.*s", (int)length, at);
		if (at[length] == '\0')
			return (int)out.length;
		put_field(&out, diag, at[length + 1]);
		at += strcspn(at, "}") + 1;
	}
}
