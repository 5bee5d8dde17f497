/*
 * The names and phrases of errors: one table, indexed by number. Its one rule: a number without a
 * row, and any other int, gets an answer too.
 */
#include <lib/errno.h>

#include <lib/compiler.h>

struct errno_entry {
	const char *name, *text;
};

#define ERRNO_ENTRY(name, number, text) [number] = {#name, text},

static const struct errno_entry entries[] = {[0] = {"0", "success"}, ERRNO_ROWS(ERRNO_ENTRY)};

static const struct errno_entry *errno_find(int error)
{
	static const struct errno_entry unknown = {"E?", "unknown error"};
	unsigned number = error < 0 ? 0u - (unsigned)error : (unsigned)error;

	return number < ARRAY_SIZE(entries) && entries[number].name ? &entries[number] : &unknown;
}

bool errno_is_result(long error)
{
	return error <= 0 && error == (int)error && errno_find((int)error)->name[1] != '?';
}

const char *errno_name(int error)
{
	return errno_find(error)->name;
}

const char *errno_text(int error)
{
	return errno_find(error)->text;
}
