/*
 * Backtraces along frame pointers, which all of the kernel and all modules keep. The one rule: no
 * pointer on the way is trusted; each is read by probe_read, and the chain must go up.
 */
#include <core/core.h>

#include <lib/format.h>

#include <arch/probe.h>

#define LINES_MAX 24
#define DEPTH_MAX 2000 /* a recursion that has filled its stack is gone through to its begin */
#define NAME_MAX 128

struct walk {
	void (*line)(const char *text);
	uint64_t address; /* of the line that is not out yet */
	unsigned repeats;
	unsigned lines;
};

static void flush_line(struct walk *walk)
{
	char name[NAME_MAX], text[NAME_MAX + 32];

	if (walk->repeats == 0 || walk->lines++ >= LINES_MAX)
		return;
	symbol_describe(walk->address, name, sizeof(name));
	if (walk->repeats == 1)
		format_text(text, sizeof(text), "  at %s", name);
	else
		format_text(text, sizeof(text), "  at %s, %u times", name, walk->repeats);
	walk->line(text); /* bare: a static function of core */
}

static void add_address(struct walk *walk, uint64_t address)
{
	if (walk->repeats > 0 && walk->address == address) {
		walk->repeats++;
		return;
	}
	flush_line(walk);
	walk->address = address;
	walk->repeats = 1;
}

void backtrace_walk(uint64_t rip, uint64_t rbp, void (*line)(const char *text))
{
	struct walk walk = {.line = line};
	uint64_t caller, outer;

	if (rip)
		add_address(&walk, rip);
	for (unsigned depth = 0; depth < DEPTH_MAX && rbp != 0 && rbp % 8 == 0; depth++) {
		if (!probe_read((const void *)rbp, &outer) ||
		    !probe_read((const void *)(rbp + 8), &caller))
			break;
		if (outer == 0) /* whoever started this stack; its frame pointer was 0 */
			break;
		add_address(&walk, caller - 1); /* the call, not what follows it */
		if (outer <= rbp)
			break;
		rbp = outer;
	}
	flush_line(&walk);
}
