/*
 * dmesg: the records of the log that are still there. To clear it is to remember where it was: the
 * ring is the kernel's, and others read it.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/log_reader.h>
#include <kernel/module.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include "commands.h"
#include "session.h"

static const char *const level_names[] = {"emerg", "alert",  "crit", "err",
					  "warn",  "notice", "info", "debug"};

static uint64_t cleared; /* [A] the cursor of the first record that is shown */

struct dmesg {
	unsigned levels; /* bit per level that is shown */
	bool names, shows, clears, follows;
};

/* "err,warn" as bits; 0: one of them is none. */
static unsigned parse_levels(const char *text)
{
	unsigned levels = 0, level;

	for (;;) {
		size_t length = strcspn(text, ",");

		for (level = 0; level < ARRAY_SIZE(level_names); level++)
			if (strlen(level_names[level]) == length &&
			    strncmp(level_names[level], text, length) == 0)
				break;
		if (level == ARRAY_SIZE(level_names))
			return 0;
		levels |= 1u << level;
		if (text[length] == '\0')
			return levels;
		text += length + 1;
	}
}

static int refuse(struct command_call *call, const char *word)
{
	static const struct {
		const char *option, *reason;
	} known[] = {
	    {"-T", "there is no wall clock; the time is that since boot"},
	    {"-n", "the console shows every record"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(word, known[i].option) == 0)
			return command_fail(call, word, -EINVAL, "%s", known[i].reason);
	return command_usage(call, system_commands);
}

static int parse(struct command_call *call, struct dmesg *dmesg)
{
	for (int i = 1; i < call->argc; i++) {
		const char *word = call->argv[i];

		if (strcmp(word, "-c") == 0) {
			dmesg->clears = true;
		} else if (strcmp(word, "-C") == 0) {
			dmesg->clears = true;
			dmesg->shows = false;
		} else if (strcmp(word, "-w") == 0) {
			dmesg->follows = true;
		} else if (strcmp(word, "-x") == 0) {
			dmesg->names = true;
		} else if (strcmp(word, "-l") == 0 && i + 1 < call->argc) {
			dmesg->levels = parse_levels(call->argv[++i]);
			if (!dmesg->levels)
				return command_fail(call, call->argv[i], -EINVAL,
						    "levels are emerg, alert, crit, err, warn, "
						    "notice, info, debug");
		} else {
			return refuse(call, word);
		}
	}
	return 0;
}

static void print_record(struct command_call *call, const struct dmesg *dmesg,
			 const struct log_record *record)
{
	unsigned level = record->level % ARRAY_SIZE(level_names);

	if (!(dmesg->levels & 1u << level))
		return;
	if (dmesg->names)
		command_print(call, "%-6s: ", level_names[level]);
	command_print(call, "[%llu.%06llu] ", (unsigned long long)(record->time / TIME_SECOND),
		      (unsigned long long)(record->time % TIME_SECOND / TIME_US));
	stream_print_escaped(call->out, record->text, record->length);
	command_print(call, "\n");
}

/* Waits for the next record, and sends what has been printed before. False: no more is wanted. */
static bool await_record(struct command_call *call, uint64_t *cursor, struct log_record *record)
{
	struct wait_queue *cancel = job_cancel_queue();
	bool got;

	if (stream_flush(call->out) != 0)
		return false;
	for (;;) {
		wait_prepare(&terminal_log_queue);
		if (cancel)
			wait_prepare(cancel);
		got = log_read(cursor, record);
		if (got || command_cancelled(call) || !wait_sleep(WAIT_FOREVER))
			break;
	}
	if (cancel)
		wait_finish(cancel);
	wait_finish(&terminal_log_queue);
	return got;
}

static int print_log(struct command_call *call, const struct dmesg *dmesg, uint64_t *cursor,
		     struct log_record *record)
{
	while (!call->out->error && !(dmesg->follows && command_cancelled(call)) &&
	       (log_read(cursor, record) || (dmesg->follows && await_record(call, cursor, record))))
		if (dmesg->shows)
			print_record(call, dmesg, record);
	return dmesg->follows && !call->out->error ? -EINTR : 0;
}

static int dmesg_run(struct command_call *call)
{
	struct dmesg dmesg = {.levels = (1u << ARRAY_SIZE(level_names)) - 1, .shows = true};
	uint64_t cursor = READ_ONCE(cleared);
	struct log_record *record;
	int error = parse(call, &dmesg);

	if (error)
		return error;
	record = heap_alloc(sizeof(*record));
	if (!record)
		return command_fail(call, "record", -ENOMEM, "no memory");
	error = print_log(call, &dmesg, &cursor, record);
	heap_free(record);
	if (dmesg.clears)
		WRITE_ONCE(cleared, cursor);
	return error;
}

const struct command_operations dmesg_operations = {.run = dmesg_run};
