#pragma once

/*
 * How many characters must be put in, left out or replaced to make @b of @a; @limit + 1 when there
 * are more than @limit. Both end with a NUL; of names longer than NEAREST_LONGEST nothing is said:
 * @limit + 1. Context: any.
 */
#define NEAREST_LONGEST 80
unsigned name_distance(const char *a, const char *b, unsigned limit);
/* How far a name may be from @name and still be meant: a third of it, at most 3. */
unsigned name_reach(const char *name);
