/*
 * /proc: modules and kallsyms. In kallsyms stand the names that modules can link to: those of the
 * kernel, and of each loaded module what the index of /modules says that its file exports. An
 * address is 0 unless the kernel's command line has the word `addresses`, and always of a module's:
 * it may be gone before the text is read.
 */
#include <string.h>

#include <lib/module_file.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/printk.h>

#include "sys.h"

#define INDEX_PATH "/modules/modules.index"
#define INDEX_LIMIT (16ull << 20)

static const char *state_text(enum module_state state)
{
	switch (state) {
	case MODULE_LOADING:
		return "Loading";
	case MODULE_LIVE:
		return "Live";
	case MODULE_FAILED:
		return "Failed";
	default:
		return "Unloading";
	}
}

/* The names that a row has no room for are asked for one by one. */
static void print_users(struct snapshot *snapshot, const struct module_line *row)
{
	size_t length = strlen(row->used_by);
	struct module_line user;
	uint64_t cursor = 0;

	snapshot_print(snapshot, " ");
	if (length == 0)
		snapshot_print(snapshot, "-");
	else if (length < 3 || strcmp(row->used_by + length - 3, "...") != 0)
		snapshot_print(snapshot, "%s,", row->used_by);
	else
		while (row_next(row->name, &cursor, &user))
			snapshot_print(snapshot, "%s,", user.name);
}

static void make_modules(struct snapshot *snapshot)
{
	struct module_line row;
	uint64_t cursor = 0;

	while (module_describe(&cursor, &row) == 0) {
		snapshot_print(snapshot, "%s %llu %llu", row.name, (unsigned long long)row.size,
			       (unsigned long long)row.references);
		print_users(snapshot, &row);
		snapshot_print(snapshot, " %s 0x%016llx\n", state_text(row.state),
			       addresses_enabled ? (unsigned long long)row.sections[0].address
						 : 0ull);
	}
}

/* `kernel:NAME+0x0` is said of code, and of code alone. */
static void print_kernel_symbol(struct snapshot *snapshot, const struct module_export *export)
{
	uint64_t address = (uint64_t) export->value;
	char text[160];

	code_describe(address, text, sizeof(text));
	snapshot_print(snapshot, "%016llx %c %s\n",
		       addresses_enabled ? (unsigned long long)address : 0ull,
		       strncmp(text, "kernel:", 7) == 0 ? 'T' : 'D', export->name);
}

/* One line `SYMBOL MODULE` of the index, whose module is looked up once for all lines that follow
 * each other: they are in the order of modules. */
static void print_module_symbol(struct snapshot *snapshot, const char *line, size_t length,
				struct module_line *row, bool *there)
{
	const char *blank = memchr(line, ' ', length);
	char symbol[256], module[MODULE_NAME_SIZE];
	size_t name = blank ? (size_t)(blank - line) : 0;

	if (name == 0 || name >= sizeof(symbol) || length - name - 1 >= sizeof(module))
		return;
	memcpy(symbol, line, name);
	symbol[name] = '\0';
	memcpy(module, blank + 1, length - name - 1);
	module[length - name - 1] = '\0';
	if (strcmp(module, row->name) != 0) {
		*there = row_find(module, row) == 0;
		strlcpy(row->name, module, sizeof(row->name));
	}
	if (*there)
		snapshot_print(snapshot, "%016llx ? %pE\t[%s]\n", 0ull, symbol, module);
}

static void make_symbols(struct snapshot *snapshot)
{
	const struct module_export *export;
	struct module_line row = {.name = ""};
	const char *line, *end, *next;
	bool there = false;
	void *index;
	size_t size;

	for (unsigned i = 0; (export = kernel_export(i)); i++)
		print_kernel_symbol(snapshot, export);
	if (file_load(INDEX_PATH, THIS_MODULE, &index, &size))
		return;
	for (line = index, end = line + size; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		print_module_symbol(snapshot, line, (size_t)(next - line), &row, &there);
	}
	heap_free(index);
}

static const struct entry {
	const char *name;
	void (*make)(struct snapshot *snapshot);
} entries[] = {{"modules", make_modules}, {"kallsyms", make_symbols}};

static const struct entry *entry_find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(entries); i++)
		if (strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

static int proc_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		     void **file)
{
	const struct entry *entry = entry_find(path);
	struct snapshot *snapshot;

	if (!entry)
		return *path ? -ENOENT : -EISDIR;
	if (flags & FILE_WRITE)
		return -EACCES;
	snapshot = heap_alloc_zeroed(sizeof(*snapshot));
	if (!snapshot)
		return -ENOMEM;
	entry->make(snapshot); /* bare: a table of this file's */
	if (snapshot->failed) {
		snapshot_release(filesystem, snapshot);
		return -ENOMEM;
	}
	*file = snapshot;
	return 0;
}

static int proc_status(struct filesystem *filesystem, void *mount, const char *path,
		       struct file_status *status)
{
	status->kind = *path ? FILE_REGULAR : FILE_DIRECTORY;
	status->size = 0;
	return *path && !entry_find(path) ? -ENOENT : 0;
}

static int proc_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		     struct directory_entry *listed)
{
	if (*path)
		return entry_find(path) ? -ENOTDIR : -ENOENT;
	if (index >= ARRAY_SIZE(entries))
		return -ENOENT;
	*listed = (struct directory_entry){.kind = FILE_REGULAR};
	strlcpy(listed->name, entries[index].name, sizeof(listed->name));
	return 0;
}

static const struct filesystem_operations proc_operations = {
    .mount = sys_mount,
    .open = proc_open,
    .read = snapshot_read,
    .release = snapshot_release,
    .measure = snapshot_measure,
    .status = proc_status,
    .list = proc_list,
};

struct filesystem proc_filesystem = {
    .name = "proc", .attach = "/proc", .operations = &proc_operations};
