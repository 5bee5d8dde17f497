/*
 * /proc: modules and kallsyms. In kallsyms stand all names that the kernel has: of its functions
 * and those of each module, and of the data that they export. An address is 0 unless the kernel's
 * command line has the word `addresses`.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/printk.h>

#include "sys.h"

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

static void print_symbol(struct snapshot *snapshot, const struct symbol_line *symbol,
			 const char *module)
{
	snapshot_print(snapshot, "%016llx %c %pE",
		       addresses_enabled ? (unsigned long long)symbol->address : 0ull, symbol->type,
		       symbol->name);
	if (module)
		snapshot_print(snapshot, "\t[%s]", module);
	snapshot_print(snapshot, "\n");
}

/* Of what the kernel exports the functions stand among its functions: `kernel:NAME+0x0` is said of
 * code, and of code alone. */
static void print_kernel_data(struct snapshot *snapshot, const struct module_export *export,
			      struct symbol_line *symbol)
{
	char text[160];

	symbol->address = (uint64_t) export->value;
	symbol->type = 'D';
	code_describe(symbol->address, text, sizeof(text));
	if (strncmp(text, "kernel:", 7) == 0)
		return;
	strlcpy(symbol->name, export->name, sizeof(symbol->name));
	print_symbol(snapshot, symbol, NULL);
}

static void print_kernel(struct snapshot *snapshot, struct symbol_line *symbol)
{
	const struct module_export *export;

	for (uint32_t i = 0; i < kernel_symbol_count; i++) {
		const char *name = kernel_symbol_names + kernel_symbols[i].name;

		symbol->address = (uint64_t)__text_start + kernel_symbols[i].offset;
		symbol->type = *name;
		strlcpy(symbol->name, name + 1, sizeof(symbol->name));
		print_symbol(snapshot, symbol, NULL);
	}
	for (export = __exports_start; export < __exports_end; export ++)
		print_kernel_data(snapshot, export, symbol);
}

static void print_module(struct snapshot *snapshot, const char *name, uint64_t cursor,
			 struct symbol_line *symbol)
{
	uint32_t next = 0;

	while (!snapshot->failed && module_symbol_describe(name, cursor, &next, symbol) == 0)
		if (symbol->type)
			print_symbol(snapshot, symbol, name);
}

static void make_symbols(struct snapshot *snapshot)
{
	struct symbol_line symbol;
	struct module_line row;
	uint64_t cursor = 0;

	print_kernel(snapshot, &symbol);
	while (!snapshot->failed && module_describe(&cursor, &row) == 0)
		print_module(snapshot, row.name, cursor, &symbol);
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
