/*
 * Calls through pointers for tests/code/planted.py: one that says why it may be bare and four that
 * do not: among them one that is the last thing a function does, the same through a table, and one
 * inlined.
 */
#include <stdint.h>

struct operations {
	int (*run)(int);
};

int planted_excused(const struct operations *operations);
int planted_plain(const struct operations *operations);
int planted_last(const struct operations *operations);
int planted_table(unsigned index);
int planted_inlined(const struct operations *operations);
int planted_switch(int value);

int planted_excused(const struct operations *operations)
{
	/* bare: the test wants one that is excused */
	return operations->run(1) + 1;
}

int planted_plain(const struct operations *operations)
{
	return operations->run(2) + 2; /* found */
}

int planted_last(const struct operations *operations)
{
	return operations->run(3); /* found */
}

int planted_table(unsigned index)
{
	static int (*const table[])(int) = {planted_switch, (int (*)(int))planted_table};

	return table[index % 2](3); /* found */
}

static inline int inlined(const struct operations *operations)
{
	return operations->run(4) + 4; /* found */
}

int planted_inlined(const struct operations *operations)
{
	return inlined(operations) * 5;
}

/* A switch is no call. */
int planted_switch(int value)
{
	switch (value) {
	case 0:
		return planted_last(0);
	case 1:
		return planted_plain(0);
	case 2:
		return planted_excused(0);
	case 3:
		return planted_inlined(0);
	case 4:
		return 77;
	default:
		return 0;
	}
}
