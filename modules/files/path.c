/*
 * Paths by their text alone. Its one rule: what leaves path_normalise is a normal path of at most
 * PATH_LENGTH_MAX characters, whatever went in.
 */
#include "path.h"

#include <string.h>

#include <lib/errno.h>

size_t path_next(const char **cursor, const char **name)
{
	size_t length;

	*name = *cursor + strspn(*cursor, "/");
	length = strcspn(*name, "/");
	*cursor = *name + length;
	return length;
}

/* Takes the last component off; the root stays "". */
static size_t parent_length(const char *normal, size_t length)
{
	while (length > 0 && normal[--length] != '/')
		;
	return length;
}

/* Adds the components of @path to the @length characters that stand there. */
static int append(char *normal, size_t *length, const char *path)
{
	const char *name;
	size_t count;

	while ((count = path_next(&path, &name)) > 0) {
		if (count == 1 && name[0] == '.')
			continue;
		if (count == 2 && name[0] == '.' && name[1] == '.') {
			*length = parent_length(normal, *length);
			continue;
		}
		if (count + 1 > PATH_LENGTH_MAX - *length)
			return -ENAMETOOLONG;
		normal[(*length)++] = '/';
		memcpy(normal + *length, name, count);
		*length += count;
	}
	return 0;
}

int path_normalise(const char *base, const char *path, char normal[PATH_LENGTH_MAX + 1])
{
	size_t length = 0;
	int error;

	if (path[0] == '\0')
		return -ENOENT;
	if (strnlen(path, PATH_LENGTH_MAX + 1) > PATH_LENGTH_MAX)
		return -ENAMETOOLONG;
	for (const char *at = path; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return -EINVAL;
	}
	error = path[0] == '/' ? 0 : append(normal, &length, base);
	if (!error)
		error = append(normal, &length, path);
	if (error)
		return error;
	if (length == 0)
		normal[length++] = '/';
	normal[length] = '\0';
	return 0;
}

const char *path_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return path + 1;
	if (strncmp(path, folder, length) != 0)
		return NULL;
	if (path[length] == '/')
		return path + length + 1;
	return path[length] == '\0' ? path + length : NULL;
}
