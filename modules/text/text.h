#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <files/file.h>
#include <kernel/command.h>

/*
 * What the commands of the module read: the files that are named, one after the other, or what the
 * command was given by a pipe or `<`. By bytes or by lines, one of the two.
 */
#define LINE_LIMIT 4096 /* bytes of a line; a longer one comes in pieces */

struct text_input {
	struct command_call *call;
	int next, end;	   /* the words of the call that name files yet to be read */
	const char *name;  /* of what is read now; "" for what was given */
	struct file *file; /* open, or NULL */
	uint64_t offset;
	bool given; /* reads what was given */
	int error;  /* the first one; it has been told */
	size_t first, used;
	char buffer[LINE_LIMIT];
	char line[LINE_LIMIT + 1];
};

/* Reads the files named by the words from @first on. NULL: no memory, or there is nothing to read;
 * it has been told, and input_close returns the error. Context of all: thread. */
struct text_input *input_open(struct command_call *call, int first);
/* The next bytes of the file that is read, at most @size; 0 at its end; negative: see error. */
long input_read(struct text_input *input, void *bytes, size_t size);
/* The next line without its end, which stays until the next call; false at the end of the file. */
bool input_line(struct text_input *input, size_t *length);
/* Goes to the next file; false when there is none. The first time it opens the first. */
bool input_next(struct text_input *input);
/* Ends it and returns the first error, or 0. */
int input_close(struct text_input *input);

/* More than one file is named, so that lines say from which they come. */
bool input_names_many(const struct text_input *input);

/* pattern.c: a basic regular expression: . * ^ $ [set] [^set] and \ for the character behind it. */
bool pattern_is_right(const char *pattern);
/* Does it match anywhere in the line? @fold: upper and lower case are the same. */
bool pattern_matches(const char *pattern, const char *line, bool fold);

int text_usage(struct command_call *call);
int grep_run(struct command_call *call);
int head_run(struct command_call *call);
int tail_run(struct command_call *call);
int wc_run(struct command_call *call);
int sort_run(struct command_call *call);
int hexdump_run(struct command_call *call);
int more_run(struct command_call *call);
