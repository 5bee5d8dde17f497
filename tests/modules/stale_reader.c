/*
 * A thread on the CPU of the parameter cpu reads a word without pause while its page goes, so that
 * the CPU has the page in its TLB and is never idle. The first read behind that must fault, which
 * fails this module; a read that succeeds is told. `stale_reader unload` unloads stale_victim,
 * `stale_reader init` loads it, whose init data goes, `stale_reader io` unmaps device memory.
 */
#include "stale_reader.h"

#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define VGA_TEXT 0xb8000

static unsigned cpu = 1;
module_param(cpu, uint, 0);

static struct thread *reader;
static uint64_t reads; /* [A] */

static int read_on(void *argument)
{
	const volatile int *word = argument;

	while (!thread_should_stop()) {
		(void)*word;
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

int stale_read_begin(const volatile int *word)
{
	uint64_t before = READ_ONCE(reads);

	reader = thread_create_on((int)cpu, read_on, (void *)word, "stale_reader");
	while (reader && READ_ONCE(reads) == before)
		time_sleep(TIME_MS);
	return reader ? 0 : -ENOMEM;
}
EXPORT_SYMBOL(stale_read_begin);

/* Of a read that began before the page went, one may be counted behind that. */
static void watch(void)
{
	uint64_t before = __atomic_load_n(&reads, __ATOMIC_ACQUIRE);

	while (READ_ONCE(THIS_MODULE->state) != MODULE_FAILED && READ_ONCE(reads) - before < 2)
		thread_yield();
	if (READ_ONCE(reads) - before >= 2)
		printk(KERN_ERR "stale_reader: has read what is gone\n");
	else
		printk(KERN_INFO "stale_reader: has read nothing\n");
}

static int unmap(void)
{
	void *mapping = io_map(VGA_TEXT, 4096, IO_UNCACHED);
	int error = mapping ? stale_read_begin(mapping) : -ENOMEM;

	io_unmap(mapping);
	return error;
}

static int run(struct command_call *call)
{
	static const char *const names[] = {"stale_victim"}, *const words[] = {"init=1"};
	static struct module_report report;
	int error;

	if (word_is(call, 1, "unload"))
		error = module_control_unload(names, 1, 0, 0, &report);
	else if (word_is(call, 1, "init"))
		error = module_load(names[0], words, 1);
	else
		error = unmap();
	if (!error)
		watch();
	return error;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "stale_reader", .operations = &operations};

static int __init stale_reader_init(void)
{
	return command_register(&command);
}

static void stale_reader_exit(void)
{
	command_unregister(&command);
	if (reader)
		thread_stop(reader);
}

module_init(stale_reader_init);
module_exit(stale_reader_exit);
