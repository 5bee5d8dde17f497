#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * Why a module was refused, in sentences: line 0 is the reason of the contract's error line, the
 * others explain it. Text of files and modules is written with %pT or %pE. What does not fit is
 * left out, as is all behind it. Context: any, the function of a stop included.
 */
struct module_report {
	char name[64];	    /* canonical name of the module it is about */
	int error;	    /* of the reason, negative; 0: there is none */
	uint32_t size;	    /* bytes that text has room for */
	uint32_t used;	    /* of them, lines separated by NUL */
	uint32_t prefix;    /* of them, what the reason begins with */
	uint32_t shortened; /* where "... " stands in that for what had no room; 0: nowhere */
	uint32_t lines;	    /* how many */
	uint32_t cut;	    /* how many others had no room */
	const char *indent; /* what all other lines begin with */
	char text[2048];
};

void report_clear(struct module_report *report);
/* Throws away what is there and makes this, after the prefix, line 0; returns @error. @report NULL:
 * it will not be read. */
int report_reason(struct module_report *report, int error, const char *format, ...) __printf(3, 4);
/* The same with @before in front of it. */
int report_reason_v(struct module_report *report, int error, const char *before, const char *format,
		    va_list arguments);
/* @report NULL: nothing. */
void report_line(struct module_report *report, const char *format, ...) __printf(2, 3);
/*
 * Each reason from now on begins with this as well, until ->prefix is set back. What has no room is
 * left out in the middle: the first ones stay, and the last one.
 */
void report_prefix(struct module_report *report, const char *format, ...) __printf(2, 3);
