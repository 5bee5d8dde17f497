#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <kernel/bus.h>

/*
 * Interface `command`: a word of the shell. run() gets the words of the line (argv[0] is the
 * command) and returns 0 or a negative errno; it may sleep. On failure it says why with
 * command_fail, once; of a command that does not, the shell says so.
 */
struct pipe;
struct stream;

/* What a command reads: the output of another, or the bytes of a file. */
struct command_input {
	struct pipe *pipe; /* NULL: the bytes */
	const char *bytes;
	size_t left;
};

/* Of a line: Ctrl-C. The shell's; a command asks command_cancelled. */
struct command_cancel {
	bool wanted; /* [A] it was typed */
	bool asked;  /* [A] the command that runs has asked for it */
	bool seen;   /* [A] and has got it told */
};

enum command_end {
	COMMAND_RAN,
	COMMAND_ABSENT,	 /* there is none of this name: -ENOENT */
	COMMAND_FAULTED, /* its module has failed: -ENOTRECOVERABLE */
	COMMAND_SILENT,	 /* it has failed, and command_fail was not called */
	COMMAND_STRANGE, /* as SILENT, and what it returned is no result: -EINVAL */
	COMMAND_SPOILT,	 /* the shell's: it has written over its output, whatever it returned */
};

struct command_call {
	int argc;
	char **argv;
	struct command_input *in; /* NULL: nothing was given to it to read */
	struct stream *out;
	struct stream *errors;	       /* the terminal, also when out is redirected */
	struct command_cancel *cancel; /* NULL: it cannot be cancelled */
	enum command_end end;	       /* set by command_run */
	bool told; /* why it fails: set by command_fail, or by the command itself */
};

struct command_operations {
	int (*run)(struct command_call *call);
	/* Candidates for the word being typed, for Tab; optional. 0, or -ENOENT past the last. */
	int (*complete)(const char *prefix, unsigned index, char *candidate, size_t size);
};

struct command {
	const char *name;
	const char *usage; /* words after the name, or NULL: there are none */
	const char *help;  /* one sentence */
	/* Optional: lines that `help NAME` prints below that, on each option, and an example. */
	const char *details;
	const char *group; /* optional: what `help` lists it under; else the name of its module */
	const struct command_operations *operations;
	struct registration registration;
};

extern struct interface command_interface;
#define command_register(entry)                                                                    \
	REGISTRATION_ENTER(register, command, &command_interface, entry, THIS_MODULE)
#define command_reserve(entry)                                                                     \
	REGISTRATION_ENTER(reserve, command, &command_interface, entry, THIS_MODULE)
#define command_unregister(entry) REGISTRATION_LEAVE(command, entry)
/* All of an array: the first error, with none of them registered then. */
#define command_register_table(commands)                                                           \
	({                                                                                         \
		int error_ = 0;                                                                    \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(commands) && !error_; i_++)                    \
			if ((error_ = command_register(&(commands)[i_])) != 0)                     \
				while (i_ > 0)                                                     \
					command_unregister(&(commands)[--i_]);                     \
		error_;                                                                            \
	})
#define command_unregister_table(commands)                                                         \
	({                                                                                         \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(commands); i_++)                               \
			command_unregister(&(commands)[i_]);                                       \
	})

/*
 * Runs the command argv[0] and returns what it returns; what is neither 0 nor a negative errno
 * counts as -EINVAL. @end says what the command has not printed itself and the caller must. The
 * command may have written over all else that @call holds and leads to.
 */
int command_run(struct command_call *call);
/* The @index-th command's texts, copied; -ENOENT past the last. */
struct command_texts {
	char name[64], group[64], usage[128], help[128], details[1024];
};
int command_describe(unsigned index, struct command_texts *texts);
int command_complete(const char *name, const char *prefix, unsigned index, char *candidate,
		     size_t size);

/*
 * Reads what stands in front of the command in a pipe, or behind `<`: at least one byte, and how
 * many; 0 at the end; -ENODATA when nothing was given to it to read; -EINTR when the thread is to
 * stop.
 */
long command_read(struct command_call *call, void *buffer, size_t size);
/*
 * Has Ctrl-C been typed, or is the thread to stop? A command that takes long asks now and then, and
 * ends with -EINTR if so; the shell then ends what is left of the line, and says nothing. One that
 * does not ask goes on in the background. Context: the command's thread.
 */
bool command_cancelled(struct command_call *call);
/* Prints to the call's output. Whole lines reach a terminal unbroken. Text from files or modules
 * goes through stream_print_escaped. */
void command_print(struct command_call *call, const char *format, ...) __printf(2, 3);
/* Prints `NAME: SUBJECT: REASON (ERRNO)` to the call's errors and returns @error, for `return
 * command_fail(...)`. */
int command_fail(struct command_call *call, const char *subject, int error, const char *reason, ...)
    __printf(4, 5);
/* An indented line that explains the failure further. */
void command_explain(struct command_call *call, const char *format, ...) __printf(2, 3);
