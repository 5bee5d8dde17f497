#pragma once

#include <kernel/command.h>

/* The tables of commands that the shell brings along, one a file; each ends with a NULL name. */
extern struct command module_commands[]; /* load, unload, lsmod, … */
extern struct command file_commands[];	 /* ls, cat, rm, … */
extern struct command system_commands[]; /* meminfo, cpus, dmesg, … */
extern struct command basic_commands[];	 /* echo, help, clear, … */

/* Prints `usage: …` of the command as its error line; -EINVAL. */
int command_usage(struct command_call *call, const struct command *table);
/* command_run, which also says what the command itself could not: run.c. */
int command_run_told(struct command_call *call);

struct module_report;
/* The report's first line as the command's error line, the others below it; returns @error. */
int module_fail(struct command_call *call, const char *subject, int error,
		const struct module_report *report);
int modinfo_run(struct command_call *call);
