/*
 * Interface `command`: words of the shell. A command runs in a call on its entry, so its module is
 * held meanwhile; what is listed is copied under the interface's lock, so no text of a module is
 * used after it may be gone.
 */
#include <kernel/command.h>

#include <string.h>

#include <lib/errno.h>
#include <lib/format.h>
#include <lib/touch.h>

#include <kernel/heap.h>
#include <kernel/pipe.h>
#include <kernel/stream.h>
#include <kernel/thread.h>

#include "terminal_internal.h"

struct interface command_interface = {
    .name = "command",
    INTERFACE_OPERATIONS("run", "complete"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE | INTERFACE_TYPED,
    .absent = -ENOENT,
    INTERFACE_ENTRY(command),
    .texts = {ENTRY_TEXT(command, usage), ENTRY_TEXT(command, help), ENTRY_TEXT(command, details),
	      ENTRY_TEXT(command, group)},
};
EXPORT_SYMBOL(command_interface);

static enum command_end end_of(const struct command_call *command, int result)
{
	if (result == 0 || command->told)
		return COMMAND_RAN;
	return errno_is_result(result) ? COMMAND_SILENT : COMMAND_STRANGE;
}

int command_run(struct command_call *command)
{
	struct call call;
	int error;

	touch_to_write(command, sizeof(*command));
	if (command->in)
		touch(command->in, sizeof(*command->in));
	if (command->cancel)
		touch_to_write(command->cancel, sizeof(*command->cancel));
	if (command->out) /* of a command that prints nothing it is not asked */
		touch(command->out, sizeof(*command->out));
	if (command->errors)
		touch(command->errors, sizeof(*command->errors));
	error = call_begin_by_name(&call, &command_interface, command->argv[0],
				   OPERATION(command, run));
	command->end = COMMAND_ABSENT;
	command->told = false;
	if (error)
		return error;
	error = (int)call_through(&call, command);
	call_end(&call);
	command->end = call.flags & CALL_FAULTED ? COMMAND_FAULTED : end_of(command, error);
	return errno_is_result(error) ? error : -EINVAL;
}
EXPORT_SYMBOL(command_run);

int command_complete(const char *name, const char *prefix, unsigned index, char *candidate,
		     size_t size)
{
	struct call call;
	int error =
	    call_begin_by_name(&call, &command_interface, name, OPERATION(command, complete));

	if (error)
		return error;
	error = (int)call_through(&call, prefix, index, candidate, size);
	call_end(&call);
	return error;
}
EXPORT_SYMBOL(command_complete);

static void copy(char *to, size_t size, const char *from)
{
	format_text(to, size, "%s", from ? from : "");
}

int command_describe(unsigned index, struct command_texts *texts)
{
	const struct registration *registration;
	const struct command *command;

	memset(texts, 0, sizeof(*texts));
	spin_lock(&command_interface.lock);
	registration = registration_nth_locked(&command_interface, index);
	if (registration) {
		command = container_of(registration, struct command, registration);
		copy(texts->name, sizeof(texts->name), command->name);
		copy(texts->group, sizeof(texts->group),
		     command->group ? command->group : module_name(registration->owner));
		copy(texts->usage, sizeof(texts->usage), command->usage);
		copy(texts->help, sizeof(texts->help), command->help);
		copy(texts->details, sizeof(texts->details), command->details);
	}
	spin_unlock(&command_interface.lock);
	return registration ? 0 : -ENOENT;
}
EXPORT_SYMBOL(command_describe);

long command_read(struct command_call *call, void *buffer, size_t size)
{
	struct command_input *in = call->in;
	size_t taken;

	if (!in)
		return -ENODATA;
	if (in->pipe)
		return pipe_read(in->pipe, buffer, size);
	taken = min(in->left, size);
	memcpy(buffer, in->bytes, taken);
	in->bytes += taken;
	in->left -= taken;
	return (long)taken;
}
EXPORT_SYMBOL(command_read);

bool command_cancelled(struct command_call *call)
{
	struct command_cancel *cancel = call->cancel;

	if (!cancel)
		return thread_should_stop();
	WRITE_ONCE(cancel->asked, true);
	if (READ_ONCE(cancel->wanted))
		WRITE_ONCE(cancel->seen, true);
	return READ_ONCE(cancel->seen) || thread_should_stop();
}
EXPORT_SYMBOL(command_cancelled);

void command_print(struct command_call *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	stream_print_v(call->out, format, arguments);
	va_end(arguments);
}
EXPORT_SYMBOL(command_print);

/* Text of a module or a user, on a line of the kernel's. */
static void print_escaped_v(struct stream *stream, const char *format, va_list arguments)
{
	char here[256], *text = here;
	size_t size = sizeof(here);
	va_list again;

	va_copy(again, arguments);
	size = (size_t)format_text_v(here, size, format, arguments) + 1;
	if (size > sizeof(here)) {
		text = heap_alloc(size);
		if (text)
			format_text_v(text, size, format, again);
	}
	va_end(again);
	if (text)
		stream_print_escaped(stream, text, size - 1);
	else
		stream_print_escaped(stream, here, sizeof(here) - 1);
	if (text != here)
		heap_free(text);
}

int command_fail(struct command_call *call, const char *subject, int error, const char *reason, ...)
{
	va_list arguments;

	stream_flush(call->out);
	stream_begin_line(call->errors);
	stream_print(call->errors, "%pE: %pE: ", call->argv[0], subject);
	va_start(arguments, reason);
	print_escaped_v(call->errors, reason, arguments);
	va_end(arguments);
	stream_print(call->errors, " (%s)\n", errno_name(error));
	call->told = true;
	return error;
}
EXPORT_SYMBOL(command_fail);

void command_explain(struct command_call *call, const char *format, ...)
{
	va_list arguments;

	stream_print(call->errors, "  ");
	va_start(arguments, format);
	print_escaped_v(call->errors, format, arguments);
	va_end(arguments);
	stream_print(call->errors, "\n");
}
EXPORT_SYMBOL(command_explain);
