/*
 * What modules may use of lib/. It is exported here, as lib/ itself knows of no kernel; the list is
 * the only place to change.
 */

#include <lib/acpi.h>
#include <lib/errno.h>
#include <lib/format.h>
#include <lib/module_file.h>
#include <lib/parse.h>
#include <lib/report.h>

#include <kernel/module.h>

/* The C library; compilers call the first four by themselves. */
EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(memmove);
EXPORT_SYMBOL(memset);
EXPORT_SYMBOL(memcmp);
EXPORT_SYMBOL(memchr);
EXPORT_SYMBOL(strlen);
EXPORT_SYMBOL(strnlen);
EXPORT_SYMBOL(strcmp);
EXPORT_SYMBOL(strncmp);
EXPORT_SYMBOL(strchr);
EXPORT_SYMBOL(strrchr);
EXPORT_SYMBOL(strstr);
EXPORT_SYMBOL(strspn);
EXPORT_SYMBOL(strcspn);
EXPORT_SYMBOL(strlcpy);

/* Text. */
EXPORT_SYMBOL(format_to);
EXPORT_SYMBOL(format_text);
EXPORT_SYMBOL(format_text_v);
EXPORT_SYMBOL(escape_text);
EXPORT_SYMBOL(escape_step);
EXPORT_SYMBOL(utf8_decode);
EXPORT_SYMBOL(errno_name);
EXPORT_SYMBOL(errno_text);
EXPORT_SYMBOL(errno_is_result);
EXPORT_SYMBOL(parse_integer);

/* Tables. */
EXPORT_SYMBOL(acpi_parse_fadt);

/* Modules' files. */
EXPORT_SYMBOL(module_file_validate);
EXPORT_SYMBOL(module_file_info);
EXPORT_SYMBOL(module_file_info_next);
EXPORT_SYMBOL(module_depends_next);
EXPORT_SYMBOL(report_clear);
