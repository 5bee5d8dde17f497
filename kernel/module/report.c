/*
 * Reports: why something was refused, in sentences. Line 0 is the reason, the others explain it.
 * Text of files and modules is escaped before it gets here (elf_diag_text does it itself).
 */
#include <stdarg.h>
#include <string.h>

#include <lib/format.h>

#include "module_internal.h"

void report_clear(struct module_report *report)
{
	report->size = sizeof(report->text);
	report->prefix = 0;
	report->used = 0;
	report->lines = 0;
	report->text[0] = '\0';
}

static void add_line(struct module_report *report, const char *format, va_list arguments)
{
	size_t room = report->size - report->used;
	int length;

	if (room < 2)
		return;
	length = format_text_v(report->text + report->used, room, format, arguments);
	report->used += (uint32_t)min((size_t)length, room - 1) + 1;
	report->lines++;
}

int report_reason(struct module_report *report, int error, const char *format, ...)
{
	va_list arguments;

	report->used = report->prefix;
	report->lines = 0;
	va_start(arguments, format);
	add_line(report, format, arguments);
	va_end(arguments);
	return error;
}

void report_line(struct module_report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_line(report, format, arguments);
	va_end(arguments);
}

void report_prefix(struct module_report *report, const char *format, ...)
{
	size_t room = report->size - report->prefix;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = format_text_v(report->text + report->prefix, room, format, arguments);
	va_end(arguments);
	report->prefix += (uint32_t)min((size_t)length, room - 1);
}

void report_holders(struct module_report *report, const char *prefix,
		    const struct holder_report *holders)
{
	unsigned shown = min(holders->lines, (unsigned)HOLDER_LINES);

	for (unsigned i = 0; i < shown; i++)
		report_line(report, "%s%s", prefix, holders->text[i]);
	if (holders->lines > shown)
		report_line(report, "%sand %u more", prefix, holders->lines - shown);
}

const char *foreign(const char *text, char buffer[FOREIGN_SIZE])
{
	escape_text(buffer, FOREIGN_SIZE, text, strlen(text));
	return buffer;
}
