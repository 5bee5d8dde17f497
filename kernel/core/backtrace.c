/*
 * Backtraces along frame pointers, which all of the kernel and all modules keep. The one rule: no
 * pointer on the way is trusted; each is read by probe_read, and the chain must go up.
 */
#include <core/backtrace.h>

#include <lib/format.h>

#include <arch/probe.h>
#include <core/symbol.h>
#include <log/panic.h>

#define DEPTH_MAX 24
#define NAME_MAX 128

static void name_line(uint64_t address, void (*line)(const char *text))
{
	char name[NAME_MAX], text[NAME_MAX + 8];

	symbol_describe(address, name, sizeof(name));
	format_text(text, sizeof(text), "  at %s", name);
	line(text);
}

void backtrace_walk(uint64_t rip, uint64_t rbp, void (*line)(const char *text))
{
	uint64_t caller, outer;

	if (rip)
		name_line(rip, line);
	for (unsigned depth = 0; depth < DEPTH_MAX && rbp != 0 && rbp % 8 == 0; depth++) {
		if (!probe_read((const void *)rbp, &outer) ||
		    !probe_read((const void *)(rbp + 8), &caller) || caller == 0)
			return;
		if (outer == 0) /* whoever started this stack; its frame pointer was 0 */
			return;
		name_line(caller - 1, line); /* the call, not what follows it */
		if (outer <= rbp)
			return;
		rbp = outer;
	}
}

static void panic_line(const char *text)
{
	panic_print("%s", text);
}

static void print_in_panic(uint64_t rip, uint64_t rbp)
{
	backtrace_walk(rip, rbp, panic_line);
}

void backtrace_init(void)
{
	panic_set_backtrace(print_in_panic);
}
