/*
 * Hands a pointer to nowhere to a function of the kernel that allocates, books or locks something:
 * `bad_pointers WHAT`. Whatever it is, the call ends, and nothing is left.
 */
#include <kernel/command.h>
#include <files/file.h>
#include <kernel/log_reader.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/pipe.h>
#include <kernel/sink.h>
#include <kernel/statistics.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>
#include <kernel/thread.h>
#include <kernel/wait.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static void *volatile nowhere = (void *)0x8008000;

static int nothing(void *unused)
{
	return 0;
}

static int run(struct command_call *call)
{
	return 0;
}

static const struct command_operations nothing_operations = {.run = run};
static struct command reserved = {.name = "reserved", .operations = &nothing_operations};

static void open_path(struct command_call *call)
{
	struct file *file;

	file_open(nowhere, FILE_READ, &file);
}

static void open_result(struct command_call *call)
{
	file_open("/dev/zero", FILE_READ, nowhere);
}

static void open_owner(struct command_call *call)
{
	struct file *file;

	file_open_at("/dev/zero", FILE_READ, nowhere, HERE, &file);
}

static void load_owner(struct command_call *call)
{
	size_t size;
	void *bytes;

	file_load("/modules/modules.index", nowhere, &bytes, &size);
}

static void source_path(struct command_call *call)
{
	size_t size;
	void *bytes;

	source_load(nowhere, 1 << 20, THIS_MODULE, &bytes, &size);
}

static void source_bytes(struct command_call *call)
{
	size_t size;

	source_load("/modules/modules.index", 1 << 20, THIS_MODULE, nowhere, &size);
}

static void source_size(struct command_call *call)
{
	void *bytes;

	source_load("/modules/modules.index", 1 << 20, THIS_MODULE, &bytes, nowhere);
}

static void read_buffer(struct command_call *call)
{
	struct file *file;

	if (file_open("/dev/zero", FILE_READ, &file) == 0)
		file_read(file, nowhere, 100, 0);
}

/* Bytes that can be read, and not written. */
static const char constant[256] = "constant";
static void *volatile read_only = (void *)constant;

static void read_into_constant(struct command_call *call)
{
	struct file *file;

	if (file_open("/modules/hello.ko", FILE_READ, &file) == 0)
		file_read(file, read_only, sizeof(constant), 0);
}

static void status(struct command_call *call)
{
	file_status("/dev/zero", nowhere);
}

static void list_root(struct command_call *call)
{
	directory_read("/", 0, nowhere);
}

static void list_dev(struct command_call *call)
{
	directory_read("/dev", 0, nowhere);
}

static void mount_type(struct command_call *call)
{
	file_mount(nowhere, "none", "/m");
}

static void mount_path(struct command_call *call)
{
	file_mount("tmpfs", "none", nowhere);
}

static void mounts(struct command_call *call)
{
	mount_describe(0, nowhere, 100, nowhere, 100);
}

static void thread_title(struct command_call *call)
{
	thread_create(nothing, NULL, "%s", (const char *)nowhere);
}

static void thread_row(struct command_call *call)
{
	thread_describe(0, nowhere);
}

static void irq_row(struct command_call *call)
{
	irq_describe(0, nowhere);
}

static void cpu_row(struct command_call *call)
{
	cpu_describe(0, nowhere);
}

static void load_name(struct command_call *call)
{
	module_load(nowhere, NULL, 0);
}

static void load_parameters(struct command_call *call)
{
	module_load("hello", nowhere, 1);
}

static void control_name(struct command_call *call)
{
	static struct module_report report;

	module_control_load(nowhere, NULL, 0, NULL, 0, &report);
}

static void control_words(struct command_call *call)
{
	static struct module_report report;
	char *words[] = {nowhere};

	module_control_load("hello", NULL, 1, words, 0, &report);
}

static void control_source(struct command_call *call)
{
	static struct module_report report;
	struct module_source source = {.bytes = nowhere, .size = 5000};

	module_control_load("hello", &source, 0, NULL, 0, &report);
}

static void control_report(struct command_call *call)
{
	module_control_load("hello", NULL, 0, NULL, 0, nowhere);
}

static void unload_names(struct command_call *call)
{
	static struct module_report report;

	module_control_unload(nowhere, 1, 0, 0, &report);
}

static void module_row(struct command_call *call)
{
	uint64_t cursor = 0;

	module_describe(&cursor, nowhere);
}

static void module_row_constant(struct command_call *call)
{
	uint64_t cursor = 0;

	module_describe(&cursor, read_only);
}

static void symbol_of(struct command_call *call)
{
	struct symbol_line line;
	uint32_t next = 0;

	module_symbol_describe(nowhere, 1, &next, &line);
}

static void symbol_next(struct command_call *call)
{
	struct symbol_line line;

	module_symbol_describe("hello", 1, nowhere, &line);
}

static void symbol_row(struct command_call *call)
{
	uint32_t next = 0;

	module_symbol_describe("hello", 1, &next, nowhere);
}

static void needs(struct command_call *call)
{
	module_needs("hello", nowhere);
}

static void taint_constant(struct command_call *call)
{
	module_taint_text(read_only, sizeof(constant));
}

static void wait_nowhere(struct command_call *call)
{
	wait_prepare(nowhere);
}

static void module_verbose(struct command_call *call)
{
	module_describe_verbose("hello", nowhere, 1000);
}

static void parameter_row(struct command_call *call)
{
	module_parameter_describe("hello", 0, nowhere);
}

static void parameter_of(struct command_call *call)
{
	static struct module_parameter row;

	module_parameter_describe(nowhere, 0, &row);
}

static void parameter_word(struct command_call *call)
{
	module_parameter_set("hello", nowhere);
}

static void command_name(struct command_call *call)
{
	char *words[] = {nowhere};
	struct command_call inner = {.argc = 1, .argv = words, .out = call->out};

	command_run(&inner);
}

static void command_row(struct command_call *call)
{
	command_describe(0, nowhere);
}

static void call_record(struct command_call *call)
{
	call_begin_by_name(nowhere, &command_interface, "help", 0);
}

static void print(struct command_call *call)
{
	command_print(call, "%s", (const char *)nowhere);
}

static void fail(struct command_call *call)
{
	command_fail(call, "it", -EIO, "%s", (const char *)nowhere);
}

static void sink_path(struct command_call *call)
{
	struct sink_file *file;
	uint64_t end;

	sink_open(nowhere, false, &file, &end);
}

static void sink_bytes(struct command_call *call)
{
	struct sink_file *file;
	uint64_t end;

	if (sink_open("/dev/null", false, &file, &end) == 0)
		sink_write(file, nowhere, 10, 0);
}

static void pipe_bytes(struct command_call *call)
{
	static struct pipe pipe;

	pipe_init(&pipe);
	pipe_write(&pipe, nowhere, 10);
}

static void pipe_room(struct command_call *call)
{
	static struct pipe pipe;

	pipe_init(&pipe);
	pipe_write(&pipe, "bytes", 5);
	pipe_read(&pipe, nowhere, 10);
}

static void write_text(struct command_call *call)
{
	terminal_write(terminal_get(TERMINAL_SERIAL), nowhere, 10);
}

static void edit_text(struct command_call *call)
{
	terminal_edit(terminal_get(TERMINAL_SERIAL), nowhere, 10, 0);
}

static void log_record(struct command_call *call)
{
	uint64_t cursor = 0;

	log_read(&cursor, nowhere);
}

static void log_text(struct command_call *call)
{
	printk("%s\n", (const char *)nowhere);
}

static void activate_one(struct command_call *call)
{
	registration_activate(nowhere, 1);
}

static void activate_set(struct command_call *call)
{
	registration_activate(nowhere, 2);
}

static void activate_entry(struct command_call *call)
{
	struct registration *const set[] = {&reserved.registration, nowhere};

	registration_activate(set, 2);
}

static const struct {
	const char *name;
	void (*function)(struct command_call *call);
} all[] = {
    {"file_open_path", open_path},
    {"file_open_result", open_result},
    {"file_open_owner", open_owner},
    {"file_load_owner", load_owner},
    {"source_load_path", source_path},
    {"source_load_bytes", source_bytes},
    {"source_load_size", source_size},
    {"file_read", read_buffer},
    {"file_read_constant", read_into_constant},
    {"file_status", status},
    {"directory_read_root", list_root},
    {"directory_read_dev", list_dev},
    {"file_mount_type", mount_type},
    {"file_mount_path", mount_path},
    {"mount_describe", mounts},
    {"thread_create", thread_title},
    {"thread_describe", thread_row},
    {"irq_describe", irq_row},
    {"cpu_describe", cpu_row},
    {"module_load_name", load_name},
    {"module_load_parameters", load_parameters},
    {"module_control_load_name", control_name},
    {"module_control_load_words", control_words},
    {"module_control_load_source", control_source},
    {"module_control_load_report", control_report},
    {"module_control_unload", unload_names},
    {"module_describe", module_row},
    {"module_describe_constant", module_row_constant},
    {"module_describe_verbose", module_verbose},
    {"module_symbol_describe_name", symbol_of},
    {"module_symbol_describe_next", symbol_next},
    {"module_symbol_describe", symbol_row},
    {"module_needs", needs},
    {"module_taint_text", taint_constant},
    {"wait_prepare", wait_nowhere},
    {"module_parameter_describe", parameter_row},
    {"module_parameter_describe_name", parameter_of},
    {"module_parameter_set", parameter_word},
    {"command_run", command_name},
    {"command_describe", command_row},
    {"call_begin_by_name", call_record},
    {"command_print", print},
    {"command_fail", fail},
    {"sink_open", sink_path},
    {"sink_write", sink_bytes},
    {"pipe_write", pipe_bytes},
    {"pipe_read", pipe_room},
    {"terminal_write", write_text},
    {"terminal_edit", edit_text},
    {"log_read", log_record},
    {"printk", log_text},
    {"registration_activate_one", activate_one},
    {"registration_activate_set", activate_set},
    {"registration_activate_entry", activate_entry},
};

static int bad_pointers_run(struct command_call *call)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (call->argc == 1)
			command_print(call, "%s\n", all[i].name);
		else if (word_is(call, 1, all[i].name))
			all[i].function(call);
	}
	return 0;
}

static const struct command_operations operations = {.run = bad_pointers_run};
static struct command command = {.name = "bad_pointers", .operations = &operations};

static int __init bad_pointers_init(void)
{
	int error = command_reserve(&reserved);

	return error ? error : command_register(&command);
}

static void bad_pointers_exit(void)
{
	command_unregister(&command);
	command_unregister(&reserved);
}

module_init(bad_pointers_init);
module_exit(bad_pointers_exit);
