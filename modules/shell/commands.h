#pragma once

#include <kernel/command.h>

/* The tables of commands that the shell brings along, one a file; each ends with a NULL name. */
extern struct command module_commands[];  /* load, unload, lsmod, … */
extern struct command system_commands[];  /* meminfo, cpus, dmesg, … */
extern struct command basic_commands[];	  /* echo, help, clear, … */
extern struct command session_commands[]; /* wait, history, source, … */

/* Prints `usage: …` of the command as its error line; -EINVAL. */
int command_usage(struct command_call *call, const struct command *table);

struct source_name;
/* The @index-th name in the folder at @path: -ENOENT past the last; -ENOSYS: no module knows paths;
 * -ENAMETOOLONG; -EIO: the source gave no known number; else what the source says. */
int source_list(const char *path, unsigned index, struct source_name *name);

struct module_report;
/* The report's first line as the command's error line, the others below it; returns @error. */
int module_fail(struct command_call *call, const char *subject, int error,
		const struct module_report *report);
int no_memory(struct command_call *call, const char *subject);
struct module_report *new_report(void); /* cleared; NULL: no memory */
/* reserve.c: zeroed. NULL: no memory is left, and another command has the block of the shell, or it
 * is more than that. */
#define RESERVE_SIZE 20480u
void *reserve_alloc(size_t size);
void reserve_free(void *memory); /* nothing for NULL */
/* Module names with '-' and '_' the same: underscores. */
void canonical_name(const char *name, char *canonical, size_t size);
bool names_equal(const char *a, const char *b); /* likewise */
/* Of @count names, the one that means @name; else @name, or the first when that is "". */
const char *as_typed(const char *const *names, unsigned count, const char *name);
extern const struct command_operations dmesg_operations;
extern const struct command_operations help_operations;
/* The @index-th word that may begin a command: a prefix of the grammar, or a command. -ENOENT. */
int help_name(unsigned index, char *name, size_t size);
/* Words from @first up to @end that end in .ko and are no path lose that: NAME.ko means NAME. */
void cut_endings(struct command_call *call, int first, int end);
/* Loads argv[first] with the rest as parameters; @verb is printed after its name, NULL: silent. */
int load_words(struct command_call *call, int first, unsigned flags, const char *verb);
struct unload_options {
	unsigned flags;
	uint64_t deadline;
	int first; /* index of the first name */
};
int unload_words(struct command_call *call, const struct unload_options *options, const char *verb);
/* Says why an option of kmod's means nothing here, or the usage; -EINVAL. */
int kmod_refuse(struct command_call *call, const char *word);
int insmod_run(struct command_call *call);
int rmmod_run(struct command_call *call);
/*
 * depends.c: `insmod PATH WORDS`, what the file needs by its lines `depends=` first; @new_only:
 * without what is loaded. 0 or a negative errno, with @report.
 */
int depends_show(struct command_call *call, const char *word, int count, char **words,
		 bool new_only, struct module_report *report);
/* The name that a word leads to. */
int depends_resolve(struct command_call *call, const char *word, struct module_report *report);
/* The row of the module that @word names; -ENOENT: there is none. */
struct module_line;
int row_of(const char *word, struct module_line *row);
/* Is it there, or about to be? */
bool module_is_there(const char *name);
int lsmod_run(struct command_call *call);
int modinfo_run(struct command_call *call);
int modprobe_run(struct command_call *call);
