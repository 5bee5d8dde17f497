/*
 * Misuse of the kernel by a caller: how it is said, and how the call ends where it must. The bus
 * names the module.
 */
#include <log/misuse.h>

#include <stdarg.h>

#include <lib/format.h>

#define TEXT_MAX 200

void misuse(const void *place, const char *format, ...)
{
	char what[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	format_text_v(what, sizeof(what), format, arguments);
	va_end(arguments);
	misuse_report(place, what);
}

_Noreturn void misuse_end(void)
{
	asm volatile(".global misuse_trap\nmisuse_trap: ud2");
	__builtin_unreachable();
}
