/*
 * Hands over what does not stay, or is not whole: `what=WORD` says what, init does it and logs the
 * errno that it gets. Init data goes after init, so init is where it is tried. Whatever is taken,
 * against the rule, stays registered.
 */
#include <string.h>

#include <kernel/command.h>
#include <files/file.h>
#include <kernel/heap.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/terminal.h>

#include "rules_gate.h"

MODULE_LICENSE("MIT");

static char *what = "";
module_param(what, charp, 0444);

static int print_ran(struct command_call *call)
{
	command_print(call, "ran\n");
	return 0;
}

static long read_nothing(struct node *node, void **file_private, void *buffer, size_t size,
			 uint64_t offset)
{
	return 0;
}

static enum irq_result handle_nothing(struct irq_handler *handler)
{
	return IRQ_NONE;
}

static long write_nothing(struct console *console, const char *bytes, size_t length)
{
	return (long)length;
}

static volatile uintptr_t nowhere = 8;
static const struct command_operations operations = {.run = print_ran};
static const struct node_operations node_operations = {.read = read_nothing};
static struct command command = {.name = "handed", .operations = &operations};
static struct node node = {.name = "handed", .operations = &node_operations};
static DEFINE_PER_CPU(struct command, cpu_command);

static char init_text[] __initdata = "handed";
static const char init_constant[] __initconst = "handed";
static struct command_operations init_operations __initdata = {.run = print_ran};
static struct command init_command __initdata = {.name = "handed", .operations = &operations};
static struct interface init_interface __initdata = {.name = "handed"};
static char endless[80];

static int __init name_in_init_data(void)
{
	command.name = init_text;
	return command_register(&command);
}

static int __init name_in_init_constant(void)
{
	command.name = init_constant;
	return command_register(&command);
}

static int __init operations_in_init_data(void)
{
	command.operations = &init_operations;
	return command_register(&command);
}

static int __init entry_in_init_data(void)
{
	return command_register(&init_command);
}

static int __init help_in_init_data(void)
{
	command.help = init_text;
	return command_register(&command);
}

static int __init interface_in_init_data(void)
{
	return interface_register(&init_interface);
}

static int __init interface_name_in_init_data(void)
{
	static struct interface interface;

	interface.name = init_text;
	return interface_register(&interface);
}

static int __init entry_on_stack(void)
{
	struct command here = {.name = "handed", .operations = &operations};

	return command_register(&here);
}

static int __init usage_on_stack(void)
{
	char here[] = "WORD";

	command.usage = here;
	return command_register(&command);
}

static int __init entry_freed(void)
{
	const struct registration wanted = {.interface = &command_interface,
					    .owner = THIS_MODULE,
					    .place = HERE,
					    .name = "handed",
					    .operations = (const void *const *)&operations};
	struct command *freed = heap_alloc_zeroed(sizeof(*freed));

	if (!freed)
		return -ENOMEM;
	heap_free(freed);
	return registration_register(&freed->registration, &wanted);
}

static int __init large_name_freed(void)
{
	char *freed = heap_alloc(5 * 4096);

	if (!freed)
		return -ENOMEM;
	command.name = memcpy(freed + 3 * 4096, "handed", 7);
	heap_free(freed);
	return command_register(&command);
}

static int __init entry_too_small(void)
{
	struct command *small = heap_alloc_zeroed(sizeof(*small) - sizeof(void *));
	int error;

	if (!small)
		return -ENOMEM;
	small->name = "handed";
	small->operations = &operations;
	error = command_register(small);
	heap_free(small);
	return error;
}

static int __init help_wild(void)
{
	command.help = (const char *)nowhere;
	return command_register(&command);
}

static int __init name_wild(void)
{
	command.name = (const char *)nowhere;
	return command_register(&command);
}

static int __init operations_wild(void)
{
	command.operations = (const struct command_operations *)nowhere;
	return command_register(&command);
}

/* As hook_register does it for a hook whose point was never set. */
static int __init interface_wild(void)
{
	return REGISTRATION_ENTER(register, command, (struct interface *)nowhere, &command,
				  THIS_MODULE);
}

static int __init attach_wild(void)
{
	static const void *const table[sizeof(struct filesystem_operations) / sizeof(void *)] = {
	    [0] = print_ran, [2] = print_ran, [3] = print_ran, [5] = print_ran,
	    [6] = print_ran, [7] = print_ran, [8] = print_ran};
	static struct filesystem filesystem = {.name = "handed"};

	filesystem.operations = (const struct filesystem_operations *)table;
	filesystem.attach = (const char *)nowhere;
	return filesystem_register(&filesystem);
}

static int __init name_endless(void)
{
	command.name = memset(endless, 'a', sizeof(endless));
	return command_register(&command);
}

static int __init name_missing(void)
{
	command.name = NULL;
	return command_register(&command);
}

static int __init name_empty(void)
{
	command.name = "";
	return command_register(&command);
}

static int __init name_with_newline(void)
{
	command.name = "a\nb";
	return command_register(&command);
}

static int __init name_with_blank(void)
{
	command.name = "a b";
	return command_register(&command);
}

static int __init name_with_slash(void)
{
	node.name = "a/b";
	return node_register(&node);
}

static int __init name_of_a_folder(void)
{
	node.name = "..";
	return node_register(&node);
}

static int __init node_without_operations(void)
{
	node.operations = NULL;
	return node_register(&node);
}

static int __init command_without_operations(void)
{
	command.operations = NULL;
	return command_register(&command);
}

static int __init twice(void)
{
	int error = command_register(&command);

	if (!error)
		error = command_register(&command);
	command_unregister(&command);
	return error;
}

static int __init interface_twice(void)
{
	static struct interface interface = {.name = "handed"};
	int error = interface_register(&interface);

	if (!error)
		error = interface_register(&interface);
	interface_unregister(&interface);
	return error;
}

static int __init irq_of_no_line(void)
{
	static const struct irq_operations handles = {.handle = handle_nothing};
	static struct irq_handler handler = {.name = "handed", .line = 100, .operations = &handles};

	return irq_register(&handler);
}

static int __init console_of_no_terminal(void)
{
	static const struct console_operations writes = {.write = write_nothing};
	static struct console console = {.name = "handed", .terminal = 99, .operations = &writes};

	return console_register(&console);
}

static int __init no_such_owner(void)
{
	return REGISTRATION_ENTER(register, command, &command_interface, &command,
				  (struct module *)nowhere);
}

/* What may be handed over: each is taken, and taken back. */
static int __init back(struct command *entry)
{
	int error = command_register(entry);

	return error ? error : command_unregister(entry);
}

static int __init in_heap(void)
{
	struct command *entry = heap_alloc_zeroed(sizeof(*entry));
	char *name = heap_alloc(5 * 4096);
	int error = -ENOMEM;

	if (entry && name) {
		entry->name = memcpy(name + 3 * 4096, "handed", 7);
		entry->operations = &operations;
		error = back(entry);
	}
	heap_free(entry);
	heap_free(name);
	return error;
}

static int __init in_per_cpu_data(void)
{
	struct command *entry = per_cpu_pointer(cpu_command, 0);

	*entry = command;
	return back(entry);
}

static int __init in_parameter(void)
{
	command.name = what;
	return back(&command);
}

static int __init of_another_module(void)
{
	static struct hook_operations pass;
	static struct hook hook = {.name = "handed", .operations = &pass, .point = &gate_point};

	command.help = gate_point.interface.name;
	return hook_register(&hook) == -EINVAL ? back(&command) : -EIO;
}

static const struct {
	const char *word;
	int (*try)(void);
} tries[] __initconst = {
    {"name_in_init_data", name_in_init_data},
    {"name_in_init_constant", name_in_init_constant},
    {"operations_in_init_data", operations_in_init_data},
    {"entry_in_init_data", entry_in_init_data},
    {"help_in_init_data", help_in_init_data},
    {"interface_in_init_data", interface_in_init_data},
    {"interface_name_in_init_data", interface_name_in_init_data},
    {"entry_on_stack", entry_on_stack},
    {"usage_on_stack", usage_on_stack},
    {"entry_freed", entry_freed},
    {"large_name_freed", large_name_freed},
    {"entry_too_small", entry_too_small},
    {"help_wild", help_wild},
    {"name_wild", name_wild},
    {"operations_wild", operations_wild},
    {"interface_wild", interface_wild},
    {"attach_wild", attach_wild},
    {"name_endless", name_endless},
    {"name_missing", name_missing},
    {"name_empty", name_empty},
    {"name_with_newline", name_with_newline},
    {"name_with_blank", name_with_blank},
    {"name_with_slash", name_with_slash},
    {"name_of_a_folder", name_of_a_folder},
    {"node_without_operations", node_without_operations},
    {"command_without_operations", command_without_operations},
    {"twice", twice},
    {"interface_twice", interface_twice},
    {"irq_of_no_line", irq_of_no_line},
    {"console_of_no_terminal", console_of_no_terminal},
    {"no_such_owner", no_such_owner},
    {"in_heap", in_heap},
    {"in_per_cpu_data", in_per_cpu_data},
    {"in_parameter", in_parameter},
    {"of_another_module", of_another_module},
};

static int __init hands_over_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		if (strcmp(what, tries[i].word) == 0) {
			int error = tries[i].try(); /* bare: a table of this module's own */

			printk("hands_over: %s: %s\n", what, error ? errno_name(error) : "taken");
			return 0;
		}
	return -EINVAL;
}

static void hands_over_exit(void)
{
}

module_init(hands_over_init);
module_exit(hands_over_exit);
