/*
 * A module that was compiled without -mgeneral-regs-only may hold instructions that fault when they
 * run. The rule: objdump decides what is an instruction; here its lines are only read.
 */
#include "scan.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lib/format.h>

/* An operand of xmm, ymm, zmm, mm, st or a mask register; an x87 instruction; or state of them. */
static bool is_float(const char *instruction)
{
	static const char *const registers[] = {"%xmm", "%ymm", "%zmm", "%mm", "%st", "%k"};
	static const char *const names[] = {"emms",	"ldmxcsr",  "stmxcsr",
					    "vldmxcsr", "vstmxcsr", "vzero"};

	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (strstr(instruction, registers[i]) != NULL)
			return true;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(instruction, names[i], strlen(names[i])) == 0)
			return true;
	return instruction[0] == 'f' && instruction[1] != 's';
}

/* "ADDRESS <FUNCTION>:" */
static void take_function(const char *line, char *function, size_t size)
{
	const char *begin = strchr(line, '<'), *end = strrchr(line, '>');

	if (line[0] != ' ' && begin != NULL && end > begin)
		escape_text(function, size, begin + 1, (size_t)(end - begin - 1));
}

/* What objdump adds behind a # is left out. */
static void warn(const char *shown, const char *function, const char *instruction)
{
	int length = (int)strcspn(instruction, "#\n");

	while (length > 0 && instruction[length - 1] == ' ')
		length--;
	fprintf(
	    stderr,
	    "komod-check: %s: warning: %s uses '%.*s', registers that the kernel does not keep; "
	    "compile with -mgeneral-regs-only\n",
	    shown, function, length, instruction);
}

/* "  ADDRESS:<tab>INSTRUCTION"; one warning for each function. */
static void read_listing(FILE *listing, const char *shown)
{
	char line[1024], function[256] = "code", warned[256] = "";

	while (fgets(line, sizeof(line), listing) != NULL) {
		const char *tab = strchr(line, '\t');

		if (tab == NULL)
			take_function(line, function, sizeof(function));
		else if (is_float(tab + 1) && strcmp(function, warned) != 0) {
			warn(shown, function, tab + 1);
			strcpy(warned, function);
		}
	}
}

void scan_for_float(const char *path, const char *shown)
{
	const char *objdump = getenv("OBJDUMP");
	int ends[2];
	pid_t child;

	if (objdump == NULL)
		objdump = "objdump";
	fflush(NULL);
	if (pipe(ends) != 0)
		return;
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		freopen("/dev/null", "w", stderr);
		execlp(objdump, objdump, "-d", "--no-show-raw-insn", "--", path, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	if (child > 0) {
		FILE *listing = fdopen(ends[0], "r");

		read_listing(listing, shown);
		fclose(listing);
		waitpid(child, NULL, 0);
	}
}
