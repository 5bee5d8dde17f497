/* Reports: lines that fit as a whole, or are left out with all behind them. */
#include <string.h>

#include <lib/report.h>

#include "test.h"

static struct module_report report;

/* A report whose text has room for @room bytes; what is behind them must stay. */
static void begin(uint32_t room)
{
	memset(report.text, '#', sizeof(report.text));
	report_clear(&report);
	report.size = room;
}

TEST(lines_up_to_the_last_byte)
{
	begin(12);
	report_line(&report, "%s", "12345");
	report_line(&report, "%s", "12345"); /* its NUL is the last byte */
	CHECK_EQ(report.lines, 2);
	CHECK_EQ(report.used, 12);
	CHECK(!report.cut);
	CHECK_EQ(memcmp(report.text, "12345\00012345\0#", 13), 0);
	report_line(&report, "%s", "");
	CHECK(report.cut);
	CHECK_EQ(report.used, 12);
	CHECK_EQ(report.text[12], '#');
}

TEST(one_byte_too_many)
{
	begin(12);
	report_line(&report, "%s", "12345");
	report_line(&report, "%s", "123456");
	CHECK_EQ(report.lines, 1);
	CHECK_EQ(report.used, 6);
	CHECK(report.cut);
	report_line(&report, "%s", "1"); /* would fit, but something before it is missing */
	CHECK_EQ(report.lines, 1);
	report.indent = "so long an indent ";
	report.cut = false;
	report_line(&report, "%s", "1");
	CHECK(report.cut);
	CHECK_EQ(report.text[12], '#');
	CHECK_EQ(report_reason(&report, -5, "%s", "again"), -5);
	CHECK(!report.cut);
	CHECK_EQ(report.lines, 1);
	CHECK_STR(report.text, "again");
}

/* What has no room is left out in the middle; going back makes room again. */
TEST(prefixes_leave_half)
{
	begin(32);
	report_prefix(&report, "%s", "first: ");
	report_prefix(&report, "%s", "second: ");
	CHECK_EQ(report.prefix, 15);
	report_prefix(&report, "%s", "x");
	report_reason(&report, -1, "%s", "why");
	CHECK_STR(report.text, "first: second: ... xwhy");
	report_prefix(&report, "%s", "last: ");
	report_reason(&report, -1, "%s", "why");
	CHECK_STR(report.text, "first: second: ... last: why");
	report.prefix = 7;
	report_prefix(&report, "%s", "other: ");
	report_reason(&report, -1, "%s", "why");
	CHECK_STR(report.text, "first: other: why");
}

TEST(nobody_reads)
{
	CHECK_EQ(report_reason(NULL, -7, "%s", "x"), -7);
	report_line(NULL, "%s", "x");
}
