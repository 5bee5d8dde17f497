/*
 * Reports: lines of text, one behind the other in one buffer. The rule: what is in use ends in a
 * NUL, and a line is there as a whole or not at all.
 */
#include <lib/report.h>

#include <string.h>

#include <lib/format.h>

void report_clear(struct module_report *report)
{
	report->error = 0;
	report->size = sizeof(report->text);
	report->used = 0;
	report->prefix = 0;
	report->shortened = 0;
	report->lines = 0;
	report->cut = 0;
	report->indent = "";
	report->text[0] = '\0';
}

static void add(struct module_report *report, const char *indent, const char *format,
		va_list arguments)
{
	char *at = report->text + report->used;
	size_t room = report->cut ? 0 : report->size - report->used;
	size_t length = (size_t)format_text(at, room, "%s", indent);

	if (length < room)
		length += (size_t)format_text_v(at + length, room - length, format, arguments);
	if (length < room) {
		report->used += (uint32_t)length + 1;
		report->lines++;
	} else {
		report->cut++;
	}
}

int report_reason_v(struct module_report *report, int error, const char *before, const char *format,
		    va_list arguments)
{
	if (!report)
		return error;
	report->error = error;
	report->used = report->prefix;
	report->lines = 0;
	report->cut = 0;
	add(report, before, format, arguments);
	return error;
}

int report_reason(struct module_report *report, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_reason_v(report, error, "", format, arguments);
	va_end(arguments);
	return error;
}

void report_line(struct module_report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (report)
		add(report, report->indent, format, arguments);
	va_end(arguments);
}

/* Half of the room stays for the reason itself. */
void report_prefix(struct module_report *report, const char *format, ...)
{
	static const char dots[] = "... ";
	char text[256];
	va_list arguments;
	uint32_t length;

	va_start(arguments, format);
	length = (uint32_t)format_text_v(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = min(length, (uint32_t)sizeof(text) - 1);
	if (!report->shortened || report->prefix <= report->shortened) {
		bool fits = report->prefix + length < report->size / 2;

		report->shortened = fits ? 0 : report->prefix;
	}
	if (report->shortened) {
		report->prefix = report->shortened + (uint32_t)sizeof(dots) - 1;
		memcpy(report->text + report->shortened, dots, sizeof(dots) - 1);
	}
	memcpy(report->text + report->prefix, text, length);
	report->prefix += length;
}
