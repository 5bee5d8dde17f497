#pragma once

#include <stddef.h>

#include "archive.h"

/*
 * The entries of an archive below one folder, each once: the first of a name counts. Paths are
 * relative to that folder. Context: thread; not while index_build or index_free runs.
 */

/* -ENOMEM. The archive stays where it is until index_free. */
int index_build(const void *archive, size_t size, const char *root);
void index_free(void);
/* NULL: there is none. */
const struct archive_entry *index_find(const char *path);
/* The @number-th entry right in folder @path ("": the root), and its name there; NULL: no more. */
const struct archive_entry *index_list(const char *path, size_t number, const char **name,
				       size_t *length);
