/*
 * Ending the machine: the commands exit, poweroff and reboot. Before anything is switched, those
 * that listen are told and every terminal is drained, so that no output is lost.
 */
#include <string.h>

#include <lib/acpi.h>
#include <lib/parse.h>

#include <kernel/boot.h>
#include <kernel/command.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>
#include <kernel/time.h>

#include "power.h"
#include "s5.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("exit, poweroff and reboot");
MODULE_VERSION("1.0");

#define DEBUG_EXIT_PORT 0xf4
#define SLEEP_ENABLE (1u << 13) /* ACPI 6.4, 4.8.3.2.1: PM1 control, SLP_EN; SLP_TYP is 10..12 */

/* What QEMU's machines answer to when there are no ACPI tables: q35, then pc. */
static const uint16_t usual_pm1_ports[] = {0x604, 0xb004};

static void settle(struct command_call *call)
{
	stream_flush(call->out);
	notifier_call(NOTIFY_SHUTDOWN, NULL);
	for (int id = 0; id < TERMINALS; id++)
		terminal_drain(terminal_get(id));
}

/* Writes SLP_TYP of S5 to PM1a (and PM1b) of the tables; returns if that did not end it. */
static void power_off_by_acpi(void)
{
	struct acpi_fadt fadt;
	uint8_t type_a, type_b;
	size_t size;
	const void *table = acpi_table("FACP", &size);

	if (!table || acpi_parse_fadt(table, size, &fadt) < 0)
		return;
	table = acpi_table("DSDT", &size);
	if (!table || s5_find(table, size, &type_a, &type_b) < 0)
		return;
	if (fadt.pm1a_control) /* absent in hardware-reduced ACPI */
		io_out16((uint16_t)fadt.pm1a_control, (uint16_t)(type_a << 10 | SLEEP_ENABLE));
	if (fadt.pm1b_control)
		io_out16((uint16_t)fadt.pm1b_control, (uint16_t)(type_b << 10 | SLEEP_ENABLE));
}

static void power_off(void)
{
	power_off_by_acpi();
	for (size_t i = 0; i < ARRAY_SIZE(usual_pm1_ports); i++)
		io_out16(usual_pm1_ports[i], SLEEP_ENABLE);
	time_sleep(TIME_SECOND);
}

static int poweroff_run(struct command_call *call)
{
	if (call->argc != 1)
		return command_fail(call, call->argv[1], -EINVAL, "usage: poweroff");
	settle(call);
	power_off();
	return command_fail(call, "machine", -EIO, "it does not switch itself off; do it by hand");
}

static int exit_run(struct command_call *call)
{
	uint64_t status = 0;

	if (call->argc > 2)
		return command_fail(call, call->argv[2], -EINVAL, "usage: exit [0..127]");
	if (call->argc == 2 &&
	    parse_integer(call->argv[1], strlen(call->argv[1]), 0, 127, &status) < 0)
		return command_fail(call, call->argv[1], -EINVAL, "usage: exit [0..127]");
	settle(call);
	io_out32(DEBUG_EXIT_PORT, (uint32_t)status);
	power_off();
	return command_fail(call, "machine", -EIO, "it does not switch itself off; do it by hand");
}

/*
 * A fault for which there is no handler, nor for the faults that follow: the CPU shuts down, and
 * every machine answers that by a reset (Intel SDM vol. 3, 6.15, interrupt 8).
 */
static _Noreturn void triple_fault(void)
{
	static const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} no_handlers;

	asm volatile("cli; lidt %0; ud2" : : "m"(no_handlers));
	__builtin_unreachable();
}

/* Reset control register 0xcf9 (PCI chip sets), then the keyboard controller's pulse, then what no
 * machine can be without. */
static int reboot_run(struct command_call *call)
{
	if (call->argc != 1)
		return command_fail(call, call->argv[1], -EINVAL, "usage: reboot");
	settle(call);
	io_out8(0xcf9, 0x02);
	io_out8(0xcf9, 0x06);
	time_sleep(100 * TIME_MS);
	io_out8(0x64, 0xfe);
	time_sleep(TIME_SECOND);
	triple_fault();
}

static const struct command_operations poweroff_operations = {.run = poweroff_run};
static const struct command_operations exit_operations = {.run = exit_run};
static const struct command_operations reboot_operations = {.run = reboot_run};

static struct command commands[] = {
    {.name = "poweroff",
     .help = "switches the machine off",
     .details = "Example: poweroff",
     .operations = &poweroff_operations},
    {.name = "exit",
     .usage = "[STATUS]",
     .help = "ends the emulator with a status, or switches off",
     .details = "STATUS   0 to 127; QEMU ends with 2*STATUS+1.\n"
		"Example: exit 1",
     .operations = &exit_operations},
    {.name = "reboot",
     .help = "resets the machine",
     .details = "Example: reboot",
     .operations = &reboot_operations},
};

static int __init power_init(void)
{
	int error = interface_register(&notifier_interface);

	if (error)
		return error;
	error = last_words_begin();
	if (error)
		goto no_last_words;
	error = command_register_table(commands);
	if (error)
		goto no_commands;
	return 0;
no_commands:
	last_words_end();
no_last_words:
	interface_unregister(&notifier_interface);
	return error;
}

static void power_exit(void)
{
	command_unregister_table(commands);
	last_words_end();
	interface_unregister(&notifier_interface);
}

module_init(power_init);
module_exit(power_exit);
