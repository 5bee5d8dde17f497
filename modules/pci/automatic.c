/*
 * Drivers that are loaded because a device is there: with the word `auto` on the kernel's command
 * line, or after `auto on`. /modules/modules.alias has a line `alias PATTERN MODULE` for each claim
 * of a module there, made when the image is. A device is looked up once; `auto on` looks again.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/source.h>

#include "pci_internal.h"

#define INDEX_PATH "/modules/modules.alias"
#define INDEX_LIMIT (1ull << 20)
#define NAME_SIZE 56

static bool wanted;	/* [A] */
static bool look_again; /* [A] set by the command, taken by the thread */

void automatic_init(void)
{
	wanted = boot_word("auto");
}

/* The next word of the line, which ends at @end; its length, 0: there is none. */
static size_t next_word(const char **at, const char *end)
{
	size_t length = 0;

	while (*at < end && **at == ' ')
		++*at;
	while (*at + length < end && (*at)[length] != ' ')
		length++;
	return length;
}

/* The module of a line whose pattern fits. */
static bool read_line(const char *line, const char *end, const char *alias, char name[NAME_SIZE])
{
	size_t length = next_word(&line, end), pattern_length;
	const char *pattern;

	if (length != strlen("alias") || memcmp(line, "alias", length) != 0)
		return false;
	line += length;
	pattern_length = next_word(&line, end);
	pattern = line;
	line += pattern_length;
	length = next_word(&line, end);
	if (length == 0 || length >= NAME_SIZE || !claim_fits(pattern, pattern_length, alias))
		return false;
	memcpy(name, line, length);
	name[length] = '\0';
	return true;
}

static bool find_module(const char *index, size_t size, const struct pci_device *device,
			char name[NAME_SIZE])
{
	const char *end = index + size, *line_end;
	char alias[PCI_ALIAS_SIZE];

	claim_alias(&device->identity, alias);
	for (; index < end; index = line_end + 1) {
		line_end = memchr(index, '\n', (size_t)(end - index));
		if (!line_end)
			line_end = end;
		if (read_line(index, line_end, alias, name))
			return true;
	}
	return false;
}

static void load_for(const struct pci_device *device, const char *name)
{
	int error = module_load(name, NULL, 0);

	if (error && error != -EEXIST)
		printk(KERN_WARNING "pci: %s: its driver %pE is not loaded: %s\n", device->name,
		       name, errno_text(error));
}

static bool is_to_be_looked_up(const struct pci_device *device)
{
	return !device->gone && !device->looked_up && !READ_ONCE(device->driver);
}

static void load_all(const char *index, size_t size)
{
	struct pci_device *device;
	char name[NAME_SIZE];

	list_for_each(device, &pci_devices, all) {
		if (!is_to_be_looked_up(device))
			continue;
		device->looked_up = true;
		if (find_module(index, size, device, name))
			load_for(device, name);
	}
}

static bool any_to_be_looked_up(void)
{
	struct pci_device *device;
	bool again = __atomic_exchange_n(&look_again, false, __ATOMIC_RELAXED), any = false;

	list_for_each(device, &pci_devices, all) {
		if (again)
			device->looked_up = false;
		any |= is_to_be_looked_up(device);
	}
	return any;
}

void automatic_load(void)
{
	void *index;
	size_t size;

	if (!READ_ONCE(wanted) || !any_to_be_looked_up())
		return;
	if (source_load(INDEX_PATH, INDEX_LIMIT, THIS_MODULE, &index, &size))
		return;
	load_all(index, size);
	heap_free(index);
}

int automatic_run(struct command_call *call)
{
	bool on = call->argc == 2 && strcmp(call->argv[1], "on") == 0;

	if (call->argc == 1) {
		command_print(call, "%s\n", READ_ONCE(wanted) ? "on" : "off");
		return 0;
	}
	if (!on && (call->argc != 2 || strcmp(call->argv[1], "off") != 0))
		return command_fail(call, call->argv[call->argc == 2 ? 1 : 2], -EINVAL,
				    "usage: auto [on|off]");
	WRITE_ONCE(wanted, on);
	WRITE_ONCE(look_again, on);
	pci_kick_and_wait();
	return 0;
}
