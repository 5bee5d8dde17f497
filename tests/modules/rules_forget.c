/*
 * Its exit forgets what `leave` names, a bit each, besides what `forgetful` can: 1 an interrupt, 2
 * a mapping, 4 a thread that has ended, 8 a filesystem, 16 a hook, 32 an interface, 64 a console,
 * 128 an input, 256 a reservation.
 */
#include "rules_gate.h"

#include <kernel/command.h>
#include <files/file.h>
#include <kernel/io.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/terminal.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "rules_pit.h"

MODULE_LICENSE("MIT");

static unsigned leave;
module_param(leave, uint, 0444);

#define VGA_MEMORY 0xa0000

static enum irq_result handle_irq(struct irq_handler *handler)
{
	return IRQ_HANDLED;
}

static enum hook_verdict handle_message(struct hook *hook, void *message)
{
	return HOOK_PASS;
}

static long write_nothing(struct console *console, const char *bytes, size_t length)
{
	return (long)length;
}

static int fs_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return -EIO;
}

static void fs_unmount(struct filesystem *filesystem, void *mount)
{
}

static int fs_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		   void **file)
{
	return -ENOENT;
}

static long fs_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		    uint64_t offset)
{
	return 0;
}

static void fs_release(struct filesystem *filesystem, void *file)
{
}

static int fs_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	return 0;
}

static int fs_status(struct filesystem *filesystem, void *mount, const char *path,
		     struct file_status *status)
{
	return -ENOENT;
}

static int fs_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		   struct directory_entry *entry)
{
	return -ENOENT;
}

static int end_at_once(void *unused)
{
	return 0;
}

static int run_nothing(struct command_call *call)
{
	return 0;
}

static const struct irq_operations irq_operations = {.handle = handle_irq};
static const struct hook_operations hook_operations = {.handle = handle_message};
static const struct console_operations console_operations = {.write = write_nothing};
static const struct command_operations command_operations = {.run = run_nothing};
static const struct filesystem_operations fs_operations = {
    .mount = fs_mount,
    .unmount = fs_unmount,
    .open = fs_open,
    .read = fs_read,
    .release = fs_release,
    .measure = fs_measure,
    .status = fs_status,
    .list = fs_list,
};

static struct irq_handler irq = {.name = "forget", .line = PIT_LINE, .operations = &irq_operations};
static struct filesystem filesystem = {.name = "forget", .operations = &fs_operations};
static struct hook hook = {.name = "forget", .operations = &hook_operations, .point = &gate_point};
static struct hook_point point = HOOK_POINT_INIT("forget");
static struct console console = {
    .name = "forget", .terminal = TERMINAL_SCREEN, .operations = &console_operations};
static struct input input = {.name = "forget", .terminal = TERMINAL_SCREEN};
static struct command command = {.name = "forget", .operations = &command_operations};
static struct thread *thread;
static void *mapping;

static int __init forget_init(void)
{
	int error = irq_register(&irq);

	if (!error)
		error = filesystem_register(&filesystem);
	if (!error)
		error = hook_register(&hook);
	if (!error)
		error = hook_point_register(&point);
	if (!error)
		error = console_register(&console);
	if (!error)
		error = input_register(&input);
	if (!error)
		error = command_reserve(&command);
	if (error)
		return error;
	mapping = io_map(VGA_MEMORY, 4096, IO_UNCACHED);
	thread = thread_create(end_at_once, NULL, "forget");
	return mapping && thread ? 0 : -ENOMEM;
}

static void forget_exit(void)
{
	if (!(leave & 1))
		irq_unregister(&irq);
	if (!(leave & 2))
		io_unmap(mapping);
	if (leave & 4)
		time_sleep(100 * TIME_MS); /* by then it has ended */
	else
		thread_stop(thread);
	if (!(leave & 8))
		filesystem_unregister(&filesystem);
	if (!(leave & 16))
		hook_unregister(&hook);
	if (!(leave & 32))
		hook_point_unregister(&point);
	if (!(leave & 64))
		console_unregister(&console);
	if (!(leave & 128))
		input_unregister(&input);
	if (!(leave & 256))
		command_unregister(&command);
}

module_init(forget_init);
module_exit(forget_exit);
