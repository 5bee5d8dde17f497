/*
 * The index of the archive: pointers to its entries, ordered by folder and then by name, so that a
 * path is found by halving and the entries of one folder stand side by side. It is made once, when
 * init runs, and only read afterwards.
 */
#include "index.h"

#include <string.h>

#include <lib/errno.h>

#include <files/file.h>
#include <kernel/heap.h>
#include <kernel/module.h>

struct path {
	const char *text;
	size_t length;
	size_t folder; /* of it, up to the last '/' */
	size_t name;   /* where the last component begins */
};

struct indexed {
	struct archive_entry entry;
	struct path path;
};

static struct indexed *entries;
static struct indexed **order;
static size_t count;

/* The part of an archive name below @root; false when it is elsewhere, @root itself, or has a name
 * that no path can have. */
static bool below_root(const struct archive_entry *entry, const char *root, struct path *path)
{
	size_t skipped = strlen(root) + 1;

	if (entry->name_length <= skipped || memcmp(entry->name, root, skipped - 1) != 0 ||
	    entry->name[skipped - 1] != '/')
		return false;
	*path =
	    (struct path){.text = entry->name + skipped, .length = entry->name_length - skipped};
	for (size_t i = 0; i < path->length; i++) {
		if (path->text[i] != '/')
			continue;
		path->folder = i;
		path->name = i + 1;
	}
	return path->length - path->name <= NAME_LIMIT;
}

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int difference = memcmp(a, b, min(a_length, b_length));

	if (difference != 0)
		return difference;
	return a_length < b_length ? -1 : a_length > b_length;
}

static int compare(const struct path *a, const struct path *b)
{
	int difference = compare_bytes(a->text, a->folder, b->text, b->folder);

	if (difference != 0)
		return difference;
	return compare_bytes(a->text + a->name, a->length - a->name, b->text + b->name,
			     b->length - b->name);
}

/* How many stand before @path. */
static size_t position_of(const struct path *path)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&order[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Archives are usually in order, and then nothing moves. */
static void insert(struct indexed *indexed)
{
	size_t at = position_of(&indexed->path);

	if (at < count && compare(&order[at]->path, &indexed->path) == 0)
		return;
	memmove(&order[at + 1], &order[at], (count - at) * sizeof(order[0]));
	order[at] = indexed;
	count++;
}

int index_build(const void *archive, size_t size, const char *root)
{
	struct archive_entry entry;
	struct path path;
	size_t position = 0, number = 0, used = 0;

	while (archive_next(archive, size, &position, &entry) == 0)
		number += below_root(&entry, root, &path);
	entries = heap_alloc((number + 1) * sizeof(*entries));
	order = heap_alloc((number + 1) * sizeof(struct indexed *));
	if (!entries || !order) {
		index_free();
		return -ENOMEM;
	}
	for (position = 0; archive_next(archive, size, &position, &entry) == 0;) {
		if (!below_root(&entry, root, &path))
			continue;
		entries[used] = (struct indexed){entry, path};
		insert(&entries[used++]);
	}
	return 0;
}

void index_free(void)
{
	heap_free(entries);
	heap_free(order);
	entries = NULL;
	order = NULL;
	count = 0;
}

const struct archive_entry *index_find(const char *text)
{
	struct path path = {.text = text, .length = strlen(text)};
	const char *slash = strrchr(text, '/');
	size_t at;

	if (slash) {
		path.folder = (size_t)(slash - text);
		path.name = path.folder + 1;
	}
	at = position_of(&path);
	return at < count && compare(&order[at]->path, &path) == 0 ? &order[at]->entry : NULL;
}

const struct archive_entry *index_list(const char *folder, size_t number, const char **name,
				       size_t *length)
{
	size_t size = strlen(folder);
	struct path first = {.text = folder, .length = size, .folder = size, .name = size};
	size_t at = position_of(&first);
	const struct path *path;

	if (number >= count - at)
		return NULL;
	path = &order[at + number]->path;
	if (path->folder != size || memcmp(path->text, folder, size) != 0)
		return NULL;
	*name = path->text + path->name;
	*length = path->length - path->name;
	return &order[at + number]->entry;
}
