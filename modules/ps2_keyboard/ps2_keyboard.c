/*
 * The PS/2 keyboard: scan codes from the controller become typed bytes of the screen's terminal.
 * controller.c has the device, scancode.c the keys; here they meet the kernel.
 */
#include "controller.h"
#include "scancode.h"

#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/terminal.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("The PS/2 keyboard as the screen's input");
MODULE_VERSION("1.0");

#define LINE 1
#define CODES_MAX 64 /* for one interrupt */

static struct scancode_decoder decoder; /* touched by the handler only, after init */
static struct input keyboard_input = {.name = "keyboard", .terminal = TERMINAL_SCREEN};

static enum irq_result keyboard_handle(struct irq_handler *handler)
{
	enum irq_result result = IRQ_NONE;
	char typed[SCANCODE_BYTES];
	uint8_t code;

	for (int i = 0; i < CODES_MAX && controller_take(&code); i++) {
		size_t count = scancode_decode(&decoder, code, typed);

		if (count > 0)
			input_push(&keyboard_input, typed, count);
		result = IRQ_HANDLED;
	}
	return result;
}

static const struct irq_operations keyboard_operations = {.handle = keyboard_handle};
static struct irq_handler keyboard_irq = {
    .name = "keyboard",
    .line = LINE,
    .operations = &keyboard_operations,
};

static int __init keyboard_init(void)
{
	int error = controller_init();

	if (error) {
		printk(KERN_WARNING "ps2_keyboard: no keyboard controller answers\n");
		return error;
	}
	scancode_init(&decoder);
	error = input_register(&keyboard_input);
	if (error)
		return error;
	error = irq_register(&keyboard_irq);
	if (error)
		goto no_interrupt;
	error = controller_enable_interrupt();
	if (!error)
		return 0;
	irq_unregister(&keyboard_irq);
no_interrupt:
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
