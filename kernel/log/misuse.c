/*
 * Misuse of the kernel by a caller: how it is said, and how the call ends where it must. The bus
 * names the module.
 */
#include <log/misuse.h>

#include <stdarg.h>

#include <lib/format.h>

#include <kernel/printk.h>

#define TEXT_MAX 200

static void (*reporter)(const void *place, const char *what);	     /* [I] after boot */
static void (*describer)(uint64_t address, char *text, size_t size); /* likewise */

void misuse_set_reporter(void (*report)(const void *place, const char *what))
{
	reporter = report;
}

void code_set_describer(void (*describe)(uint64_t address, char *text, size_t size))
{
	describer = describe;
}

void code_describe(uint64_t address, char *text, size_t size)
{
	format_text(text, size, "?");
	if (describer)
		describer(address, text, size); /* bare: core's own */
}

void misuse(const void *place, const char *format, ...)
{
	char what[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	format_text_v(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (reporter)
		reporter(place, what); /* bare: the bus's */
	else
		printk(KERN_ERR "kernel: misuse: %s\n", what);
}

_Noreturn void misuse_end(void)
{
	asm volatile(".global misuse_trap\nmisuse_trap: ud2");
	__builtin_unreachable();
}
