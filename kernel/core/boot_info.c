/*
 * What the boot loader said, and what mm is told of it. The one rule: everything is copied out of
 * the loader's memory before mm exists, but for the boot files, whose memory is reserved for ever.
 */
#include <core/core.h>

#include <string.h>

#include <lib/errno.h>
#include <lib/format.h>
#include <lib/multiboot2.h>
#include <lib/parse.h>

#include <kernel/module.h>
#include <kernel/statistics.h>

#include <arch/control.h>
#include <log/panic.h>
#include <mm/frame.h>

#define COMMAND_LINE_MAX 1024
#define KNOWN_WORDS "debug addresses auto"
#define FILES_MAX 64
#define FILE_NAME_MAX 64
#define RANGES_MAX 256
#define RESERVED_MAX (FILES_MAX + 1) /* and the kernel */
#define KEPT_MAX 64		     /* more than an RSDP or what is said of a screen has */
#define MIB 0x100000

struct boot_file {
	char name[FILE_NAME_MAX];
	uint64_t physical;
	size_t size;
};

static char command_line[COMMAND_LINE_MAX];
static struct boot_file files[FILES_MAX];
static unsigned file_count;
static struct mm_range usable[RANGES_MAX];
static unsigned usable_count;
static struct mm_range reserved[RESERVED_MAX];
static unsigned reserved_count;
uint64_t boot_trampoline_page;
static struct kept {
	uint8_t payload[KEPT_MAX];
	size_t size;
} rsdp, screen;

bool debug_enabled;
bool addresses_enabled;

extern const char __boot_start[], __boot_end[];			      /* linker.ld; physical */
extern const char __kernel_physical_start[], __kernel_physical_end[]; /* linker.ld */

bool boot_word(const char *word)
{
	return cmdline_has(command_line, word);
}

const void *boot_file(const char *name, size_t *size)
{
	for (unsigned i = 0; i < file_count; i++) {
		if (strcmp(files[i].name, name) != 0)
			continue;
		*size = files[i].size;
		return direct_pointer(files[i].physical);
	}
	return NULL;
}

const char *boot_file_name(unsigned index)
{
	return index < file_count ? files[index].name : NULL;
}

const void *boot_screen(size_t *size)
{
	*size = screen.size;
	return screen.payload;
}

const void *boot_rsdp(size_t *size)
{
	*size = rsdp.size;
	return rsdp.size ? rsdp.payload : NULL;
}

static void reserve(uint64_t start, uint64_t size)
{
	ASSERT(reserved_count < RESERVED_MAX);
	reserved[reserved_count++] = (struct mm_range){start, size};
}

/* The name is the first word of the file's command line, its path cut off. */
static void add_file(const struct multiboot2_module *module)
{
	struct boot_file *file = &files[file_count];
	const char *name = module->cmdline;
	size_t length = strcspn(name, " \t");

	if (file_count == FILES_MAX || length == 0 || length >= FILE_NAME_MAX) {
		printk(KERN_WARNING "boot: a file is left out: no name, or too many\n");
		return;
	}
	memcpy(file->name, name, length);
	file->physical = module->start;
	file->size = module->end - module->start;
	reserve(module->start, file->size);
	file_count++;
}

/* Firmware describes RAM in many small pieces; those that touch become one. */
static void add_usable(uint64_t start, uint64_t size)
{
	struct mm_range *last = usable_count ? &usable[usable_count - 1] : NULL;

	if (start >= MM_PHYSICAL_MAX)
		return;
	size = min(size, MM_PHYSICAL_MAX - start);
	if (last && last->start + last->size == start) {
		last->size += size;
		return;
	}
	if (usable_count == RANGES_MAX) {
		printk(KERN_WARNING "boot: %lu KiB of RAM are left out: too many pieces\n",
		       size / 1024);
		return;
	}
	usable[usable_count++] = (struct mm_range){start, size};
}

static void add_memory_map(const struct multiboot2_tag *tag)
{
	struct multiboot2_memory memory;

	for (unsigned i = 0; !multiboot2_memory(tag, i, &memory); i++)
		if (memory.type == MULTIBOOT2_MEMORY_AVAILABLE && memory.length)
			add_usable(memory.start, memory.length);
}

/* A word that nothing asks for is misspelt, or meant for another kernel. */
static void report_unknown_words(void)
{
	char shown[COMMAND_LINE_MAX];
	const char *word = command_line;
	size_t length;

	for (; *(word += strspn(word, " \t")) != '\0'; word += length) {
		length = strcspn(word, " \t");
		escape_text(shown, sizeof(shown), word, length);
		if (!cmdline_has(KNOWN_WORDS, shown))
			printk(KERN_WARNING "boot: the word %s is not known\n", shown);
	}
}

static void keep(struct kept *kept, const struct multiboot2_tag *tag)
{
	kept->size = min(tag->size, (size_t)KEPT_MAX);
	memcpy(kept->payload, tag->payload, kept->size);
}

static void read_tag(const struct multiboot2_tag *tag)
{
	struct multiboot2_module module;
	const char *line;

	switch (tag->type) {
	case MULTIBOOT2_CMDLINE:
		line = multiboot2_text(tag, 0);
		if (line)
			strlcpy(command_line, line, sizeof(command_line));
		break;
	case MULTIBOOT2_MODULE:
		if (!multiboot2_module(tag, &module))
			add_file(&module);
		break;
	case MULTIBOOT2_MEMORY_MAP:
		add_memory_map(tag);
		break;
	case MULTIBOOT2_FRAMEBUFFER:
		keep(&screen, tag);
		break;
	case MULTIBOOT2_ACPI_OLD:
		if (rsdp.size > 0)
			break; /* the new one has been there, and wins */
		__attribute__((fallthrough));
	case MULTIBOOT2_ACPI_NEW:
		keep(&rsdp, tag);
		break;
	}
}

void boot_info_init(uint32_t physical)
{
	const void *bytes = direct_pointer(physical);
	struct multiboot2 information;
	struct multiboot2_tag tag;
	size_t position = 0;
	int error;

	if (multiboot2_open(bytes, SIZE_MAX, &information))
		panic("the boot loader's information at %x is malformed", physical);
	reserve((uint64_t)__kernel_physical_start,
		(uint64_t)__kernel_physical_end - (uint64_t)__kernel_physical_start);
	while (!(error = multiboot2_next(&information, &position, &tag)))
		read_tag(&tag);
	if (error != -ENOENT)
		printk(KERN_WARNING "boot: the boot loader's information is cut off\n");
	debug_enabled = boot_word("debug");
	addresses_enabled = boot_word("addresses");
	report_unknown_words();
	if (usable_count == 0)
		panic("the boot loader gave no memory map");
}

/* The boot CPU goes on in its final window with what it has counted so far. */
static void move_to_window(void)
{
	struct cpu *early = cpu_this(), *final = cpu_of(0);

	memcpy(final, early, (size_t)__percpu_size);
	cpu_window_enter(final);
	if (processor_make_stacks(final))
		panic("no memory for the stacks of exceptions");
}

void memory_init(void)
{
	struct memory_statistics statistics;
	struct mm_boot boot = {usable, usable_count, reserved, reserved_count};

	if (mm_init(&boot, &boot_trampoline_page))
		panic("too little memory");
	if (boot_trampoline_page >= MIB) { /* none that the start-up IPI can name */
		frame_free(boot_trampoline_page, 1);
		boot_trampoline_page = 0;
	}
	move_to_window();
	memory_statistics(&statistics);
	printk("memory: %lu KiB, %lu KiB free\n", statistics.total_pages * 4,
	       statistics.free_pages * 4);
}

void memory_boot_done(void)
{
	uint64_t start = (uint64_t)__boot_start, end = (uint64_t)__boot_end;

	memset(direct_pointer(start), 0, end - start); /* it was code: page_table.c says why */
	frame_free(start, (end - start) / PAGE_SIZE);
}
