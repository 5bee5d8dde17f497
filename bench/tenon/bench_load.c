/*
 * Loading from bytes in memory and unloading, without the shell. `bench_load FIGURE MODULE COUNT`:
 * the module again and again; beside load and unload, what its stages took. `bench_load many N`:
 * bench_many_0000 and so on, N of them; `bench_load away N`: all of them out again, at once.
 */
#include "bench.h"

#include <lib/format.h>

#include <kernel/sink.h>
#include <kernel/source.h>
#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/stream.h>

#include "unchecked.h"

#define MANY_MAX 1000

static struct module_report report;
static struct bench_series loads, unloads, unchecked;

/* What the load stages took, and how much there was of what: one series each. */
static const char *const figures[] = {"validate",    "reserve", "depend", "place",
				      "link",	     "protect", "start",  "publish",
				      "relocations", "symbols", "pages",  "relocate_ns"};
static struct bench_series costs[ARRAY_SIZE(figures)];
static bool costs_noted;

static int failed(struct command_call *call, const char *subject, int err)
{
	return command_fail(call, subject, err, "%s", report.lines ? report.text : errno_text(err));
}

static void note_costs(const struct load_costs *taken)
{
	uint32_t values[ARRAY_SIZE(figures)];
	unsigned i;

	for (i = 0; i < LOAD_STAGES; i++)
		values[i] = taken->stage[i];
	values[i++] = taken->relocations;
	values[i++] = taken->symbols;
	values[i++] = taken->pages;
	values[i++] = taken->relocate;
	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		if (!costs_noted)
			bench_series_begin(&costs[i], figures[i], bench_cpus(), 1);
		bench_series_add(&costs[i], values[i]);
	}
	costs_noted = true;
}

/* The newest module is the one that was just loaded. */
static void note_all_costs(void)
{
	static struct module_line row;
	uint64_t cursor = 0;

	if (module_describe(&cursor, &row) == 0)
		note_costs(&row.costs);
}

static int load_once(struct command_call *call, const char *name, const void *bytes, size_t size)
{
	uint64_t begin = bench_now();
	const struct module_source source = {.bytes = bytes, .size = size};
	int err = module_control_load(name, &source, 0, NULL, 0, &report);

	if (err != 0)
		return failed(call, name, err);
	bench_series_add(&loads, bench_now() - begin);
	return 0;
}

static int unload_once(struct command_call *call, const char *name)
{
	uint64_t begin = bench_now();
	int err = module_control_unload(&name, 1, 0, 0, &report);

	if (err != 0)
		return failed(call, name, err);
	bench_series_add(&unloads, bench_now() - begin);
	return 0;
}

static int repeat(struct command_call *call, const char *name, const void *bytes, size_t size,
		  uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++) {
		int err = load_once(call, name, bytes, size);

		if (err != 0)
			return err;
		note_all_costs();
		err = unload_once(call, name);
		if (err != 0)
			return err;
		bench_series_add(&unchecked, time_unchecked(bytes));
	}
	return 0;
}

static void print_all(struct command_call *call, const char *figure)
{
	struct bench_out out = {call};
	char name[64];
	unsigned i;

	loads.name = figure;
	bench_series_print(&loads, &out);
	snprintf(name, sizeof(name), "un%s", figure);
	unloads.name = name;
	bench_series_print(&unloads, &out);
	for (i = 0; costs_noted && i < ARRAY_SIZE(figures); i++) {
		snprintf(name, sizeof(name), "%s.%s", figure, figures[i]);
		costs[i].name = name;
		bench_series_print(&costs[i], &out);
	}
	snprintf(name, sizeof(name), "%s.unchecked", figure);
	unchecked.name = name;
	bench_series_print(&unchecked, &out);
}

static int read_module(struct command_call *call, const char *name, void **bytes, size_t *size)
{
	char path[96];
	int err;

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	err = source_load(path, 64ul << 20, THIS_MODULE, bytes, size);
	return err == 0 ? 0 : command_fail(call, path, err, "%s", errno_text(err));
}

static int measure_again(struct command_call *call, const char *figure, const char *name,
			 uint64_t count)
{
	void *bytes;
	size_t size;
	int err = read_module(call, name, &bytes, &size);

	if (err != 0)
		return err;
	costs_noted = false;
	bench_series_begin(&unchecked, figure, bench_cpus(), 1);
	err = repeat(call, name, bytes, size, count);
	if (err == 0)
		print_all(call, figure);
	heap_free(bytes);
	return err;
}

static void many_name(char *name, size_t size, unsigned number)
{
	snprintf(name, size, "bench_many_%04u", number);
}

static int load_range(struct command_call *call, const char *figure, unsigned from, unsigned to)
{
	struct bench_out out = {call};
	unsigned i;

	bench_series_begin(&loads, figure, bench_cpus(), 1);
	for (i = from; i < to; i++) {
		char name[32];
		void *bytes;
		size_t size;
		int err;

		many_name(name, sizeof(name), i);
		err = read_module(call, name, &bytes, &size);
		if (err != 0)
			return err;
		err = load_once(call, name, bytes, size);
		heap_free(bytes);
		if (err != 0)
			return err;
	}
	bench_series_print(&loads, &out);
	return 0;
}

/* lsmod with its output thrown away, as `lsmod > /dev/null` does it. */
static int time_lsmod(struct command_call *call)
{
	static struct stream nowhere;
	struct bench_out out = {call};
	struct sink_file *sink = NULL;
	char *words[] = {"lsmod", NULL};
	struct command_call lsmod = {.argc = 1, .argv = words, .errors = call->errors};
	unsigned round;
	uint64_t end;
	int err = sink_open("/dev/null", false, &sink, &end);

	bench_series_begin(&loads, "lsmod", bench_cpus(), 1);
	for (round = 0; err == 0 && round < 15; round++) {
		uint64_t begin = bench_now();

		stream_to_sink(&nowhere, sink, end);
		lsmod.out = &nowhere;
		err = command_run(&lsmod);
		bench_series_add(&loads, bench_now() - begin);
	}
	if (err == 0)
		bench_series_print(&loads, &out);
	if (sink)
		sink_close(sink);
	return err;
}

static int load_many(struct command_call *call, uint64_t count)
{
	static const struct range {
		const char *figure;
		unsigned from, to;
	} ranges[] = {
	    {"load_many.first", 0, 100},
	    {"load_many.early", 100, 200},
	    {"load_many.middle", 200, 900},
	    {"load_many", 900, 1000},
	};
	unsigned i;
	int err = 0;

	if (count != MANY_MAX)
		return command_fail(call, "many", -EINVAL, "there are %u", MANY_MAX);
	for (i = 0; i < ARRAY_SIZE(ranges) && err == 0; i++)
		err = load_range(call, ranges[i].figure, ranges[i].from, ranges[i].to);
	return err == 0 ? time_lsmod(call) : err;
}

static int unload_many(struct command_call *call, uint64_t count)
{
	static char names[MANY_MAX][32];
	static const char *pointers[MANY_MAX];
	struct bench_out out = {call};
	uint64_t begin;
	unsigned i;
	int err;

	if (count > MANY_MAX)
		return command_fail(call, "away", -EINVAL, "there are %u", MANY_MAX);
	for (i = 0; i < count; i++) {
		many_name(names[i], sizeof(names[i]), i);
		pointers[i] = names[i];
	}
	begin = bench_now();
	err = module_control_unload(pointers, (unsigned)count, 0, 0, &report);
	if (err != 0)
		return failed(call, report.name, err);
	bench_series_begin(&unloads, "unload_many", bench_cpus(), (unsigned)count);
	bench_series_add(&unloads, bench_now() - begin);
	bench_series_print(&unloads, &out);
	return 0;
}

static int load_run(struct command_call *call)
{
	uint64_t count;
	int err = bench_number(call, call->argc - 1, &count);

	if (err != 0)
		return err;
	bench_series_begin(&loads, "load", bench_cpus(), 1);
	bench_series_begin(&unloads, "unload", bench_cpus(), 1);
	if (call->argc == 4)
		return measure_again(call, call->argv[1], call->argv[2], count);
	if (call->argc == 3 && strcmp(call->argv[1], "many") == 0)
		return load_many(call, count);
	if (call->argc == 3 && strcmp(call->argv[1], "away") == 0)
		return unload_many(call, count);
	return command_fail(call, "words", -EINVAL, "not understood");
}

BENCH_COMMAND_RAW(load_run);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Measures loading and unloading");
