#pragma once

#include <stddef.h>

#include <lib/compiler.h>

#define PATH_LENGTH_MAX 255 /* characters, NUL not counted */

/*
 * Paths by their text alone. A normal path begins with /, has no //, `.` or `..`, and ends in /
 * only when it is the root.
 *
 * path_normalise: @path, taken from @base (a normal path) unless it begins with /, as a normal path
 * in @normal; `..` of the root is the root. -ENOENT: empty. -ENAMETOOLONG: @path or the result has
 * more than PATH_LENGTH_MAX characters. -EINVAL: a control character.
 */
int path_normalise(const char *base, const char *path,
		   char normal[PATH_LENGTH_MAX + 1]) __must_check;
/* The next component of *@cursor, which moves behind it; its length, 0 at the end. */
size_t path_next(const char **cursor, const char **name);
/* Is normal path @path the same as or below normal path @folder? Then what is below it, without a
 * leading /, else NULL. */
const char *path_below(const char *path, const char *folder);
