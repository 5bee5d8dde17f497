/*
 * The PS/2 keyboard: scan codes from the controller become typed bytes of the screen's terminal.
 * The decoder is pure (<lib/scancode.h>); here is only the controller. Source: IBM PS/2 Hardware
 * Interface Technical Reference, keyboard and auxiliary device controller.
 */
#include "scancode.h"

#include <kernel/io.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/terminal.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("The PS/2 keyboard as the screen's input");
MODULE_VERSION("1.0");

#define LINE 1
#define DATA_PORT 0x60
#define STATUS_PORT 0x64
#define STATUS_OUTPUT_FULL 0x01
#define STATUS_FROM_MOUSE 0x20
#define DRAIN_LIMIT 64 /* stale bytes that may wait in the controller */

static struct scancode_decoder decoder; /* touched by the handler only, after init */
static struct input keyboard_input = {.name = "keyboard", .terminal = TERMINAL_SCREEN};

static enum irq_result keyboard_handle(struct irq_handler *handler)
{
	uint8_t status = io_in8(STATUS_PORT);
	char typed[SCANCODE_BYTES];
	size_t count;

	if (!(status & STATUS_OUTPUT_FULL))
		return IRQ_NONE;
	count = scancode_decode(&decoder, io_in8(DATA_PORT), typed);
	if (!(status & STATUS_FROM_MOUSE) && count > 0)
		input_push(&keyboard_input, typed, count);
	return IRQ_HANDLED;
}

static const struct irq_operations keyboard_operations = {.handle = keyboard_handle};
static struct irq_handler keyboard_irq = {
    .name = "keyboard",
    .line = LINE,
    .operations = &keyboard_operations,
};

static int __init keyboard_init(void)
{
	int error;

	scancode_init(&decoder);
	for (int i = 0; i < DRAIN_LIMIT && (io_in8(STATUS_PORT) & STATUS_OUTPUT_FULL); i++)
		io_in8(DATA_PORT);
	error = input_register(&keyboard_input);
	if (error)
		return error;
	error = irq_register(&keyboard_irq);
	if (error)
		input_unregister(&keyboard_input);
	return error;
}

static void keyboard_exit(void)
{
	irq_unregister(&keyboard_irq);
	input_unregister(&keyboard_input);
}

module_init(keyboard_init);
module_exit(keyboard_exit);
