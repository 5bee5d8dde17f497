/*
 * The shell as a module: its commands, and one session for each terminal. A session's thread is
 * what holds the module, so unloading it from its own prompt is refused by name.
 */
#include <string.h>

#include "lineedit.h"

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/thread.h>

#include "commands.h"
#include "session.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("The shell, on the serial line and on the screen");
MODULE_VERSION("1.0");

#define HISTORY_LINES 32

static bool rc = true;
module_param(rc, bool, 0444);
MODULE_PARM_DESC(rc, "the lines that the host hands over are run first");

struct session sessions[TERMINALS];

static struct command *const tables[] = {
    module_commands,
    system_commands,
    basic_commands,
    session_commands,
};

static void session_free(struct session *session)
{
	if (session->history)
		heap_free(session->history->lines);
	heap_free(session->history);
	heap_free(session->edit);
}

static int session_prepare(struct session *session, enum terminal_id id)
{
	session->terminal = terminal_get(id);
	session->reads_rc = rc && id == TERMINAL_SERIAL;
	mutex_init(&session->lock, "shell_session");
	list_init(&session->jobs);
	wait_queue_init(&session->done);
	session->edit = heap_alloc(sizeof(*session->edit));
	session->history = heap_alloc_zeroed(sizeof(*session->history));
	if (!session->edit || !session->history)
		return -ENOMEM;
	session->history->capacity = HISTORY_LINES;
	session->history->lines = heap_alloc(HISTORY_LINES * sizeof(*session->history->lines));
	if (!session->history->lines)
		return -ENOMEM;
	line_init(session->edit, session->history);
	return 0;
}

static int session_start(struct session *session, enum terminal_id id)
{
	if (session_prepare(session, id) < 0)
		return -ENOMEM;
	session->thread =
	    thread_create(session_run, session, "shell/%s", terminal_name(session->terminal));
	return session->thread ? 0 : -ENOMEM;
}

static void stop_sessions(void)
{
	for (unsigned i = 0; i < TERMINALS; i++) {
		if (sessions[i].thread) {
			thread_stop(sessions[i].thread);
			session_join_all(&sessions[i]);
		}
		session_free(&sessions[i]);
	}
}

static int __init shell_init(void)
{
	int error = 0;

	for (size_t table = 0; table < ARRAY_SIZE(tables); table++)
		for (struct command *command = tables[table]; command->name && !error; command++)
			error = command_register(command);
	for (unsigned i = 0; i < TERMINALS && !error; i++)
		error = session_start(&sessions[i], i);
	if (error)
		stop_sessions();
	return error;
}

static void shell_exit(void)
{
	stop_sessions();
	for (size_t table = 0; table < ARRAY_SIZE(tables); table++)
		for (struct command *command = tables[table]; command->name; command++)
			command_unregister(command);
}

module_init(shell_init);
module_exit(shell_exit);
