/*
 * insmod and rmmod, with the words that kmod gives them. What means nothing here is refused with
 * the reason.
 */
#include <string.h>

#include <lib/parse.h>

#include <kernel/module_control.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include "commands.h"

static bool is_among(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (; *words; words += strcspn(words, " "), words += strspn(words, " "))
		if (strcspn(words, " ") == length && memcmp(words, word, length) == 0)
			return true;
	return false;
}

int kmod_refuse(struct command_call *call, const char *word)
{
	static const struct {
		const char *options, *reason;
	} known[] = {
	    {"-f --force --force-vermagic --force-modversion",
	     "a module that was built for another kernel would not run"},
	    {"-s --syslog", "there is one log, and errors are said here"},
	    {"-C --config -c --showconfig -i --ignore-install --ignore-remove -b --use-blacklist",
	     "there are no configuration files"},
	    {"-d --dirname -b --basedir -k --set-version -S", "there is one folder, /modules"},
	    {"--dump-modversions --show-modversions", "symbols have no versions"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (is_among(known[i].options, word))
			return command_fail(call, word, -EINVAL, "%s", known[i].reason);
	return command_usage(call, module_commands);
}

int insmod_run(struct command_call *call)
{
	if (call->argc < 2)
		return command_usage(call, module_commands);
	if (call->argv[1][0] == '-')
		return kmod_refuse(call, call->argv[1]);
	return load_words(call, 1, MODULE_NO_DEPENDENCIES, NULL);
}

/* `-w`, and a number of seconds if one follows; without it there is no limit. The index of the last
 * word. */
static int take_wait(struct command_call *call, int index, struct unload_options *options)
{
	uint64_t seconds;
	const char *next = index + 1 < call->argc ? call->argv[index + 1] : "";
	bool limited = parse_integer(next, strlen(next), 0, 1000000, &seconds) == 0;

	options->flags |= MODULE_WAIT;
	options->deadline = limited ? time_now() + seconds * TIME_SECOND : WAIT_FOREVER;
	return limited ? index + 1 : index;
}

int rmmod_run(struct command_call *call)
{
	struct unload_options options = {0};
	bool verbose = false;
	int i;

	for (i = 1; i < call->argc && call->argv[i][0] == '-'; i++) {
		const char *word = call->argv[i];

		if (is_among("-f --force", word))
			options.flags |= MODULE_FORCE;
		else if (is_among("-v --verbose", word))
			verbose = true;
		else if (is_among("-w --wait", word))
			i = take_wait(call, i, &options);
		else
			return kmod_refuse(call, word);
	}
	options.first = i;
	if (i >= call->argc)
		return command_usage(call, module_commands);
	return unload_words(call, &options, verbose ? "unloaded" : NULL);
}
