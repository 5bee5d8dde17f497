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
	if (!report)
		return;
	report->size = sizeof(report->text);
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

	report_clear(report);
	va_start(arguments, format);
	if (report)
		add_line(report, format, arguments);
	va_end(arguments);
	return error;
}

void report_line(struct module_report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (report)
		add_line(report, format, arguments);
	va_end(arguments);
}

void report_prefix(struct module_report *report, const char *format, ...)
{
	char prefix[128];
	va_list arguments;
	size_t length;

	if (!report)
		return;
	va_start(arguments, format);
	length = (size_t)format_text_v(prefix, sizeof(prefix), format, arguments);
	va_end(arguments);
	length = min(length, sizeof(prefix) - 1);
	if (report->used + length > report->size)
		return;
	memmove(report->text + length, report->text, max(report->used, 1u));
	memcpy(report->text, prefix, length);
	report->used += (uint32_t)length;
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
