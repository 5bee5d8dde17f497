/*
 * The PS/2 controller. The one rule: the controller is told a byte only when it has taken the one
 * before, and no wait is longer than PATIENCE; a controller that is absent or broken costs that.
 */
#include "controller.h"

#include <lib/errno.h>

#include <kernel/io.h>
#include <kernel/time.h>

#define DATA_PORT 0x60
#define STATUS_PORT 0x64 /* read: status; written: commands */
#define STATUS_OUTPUT_FULL 0x01
#define STATUS_INPUT_FULL 0x02
#define STATUS_FROM_MOUSE 0x20
#define STATUS_ABSENT 0xff /* nothing drives the bus */

#define COMMAND_READ_BYTE 0x20
#define COMMAND_WRITE_BYTE 0x60
#define COMMAND_MOUSE_OFF 0xa7
#define COMMAND_KEYBOARD_OFF 0xad
#define COMMAND_KEYBOARD_ON 0xae

/* The command byte. The keyboard on and translated to set 1, the mouse off. */
#define BYTE_KEYBOARD_INTERRUPT 0x01
#define BYTE_SELF_TEST_DONE 0x04
#define BYTE_MOUSE_OFF 0x20
#define BYTE_TRANSLATE 0x40
#define BYTE_WANTED (BYTE_SELF_TEST_DONE | BYTE_MOUSE_OFF | BYTE_TRANSLATE)

#define KEYBOARD_DEFAULTS 0xf6 /* scan code set 2 and the usual rates */
#define KEYBOARD_SCAN 0xf4
#define KEYBOARD_ACKNOWLEDGE 0xfa

#define PATIENCE (50 * TIME_MS)
#define BYTES_MAX 64 /* that may wait, or come, before an answer */

/* Waits until (status & @mask) is @wanted. */
static bool wait_for_status(uint8_t mask, uint8_t wanted)
{
	uint64_t deadline = time_now() + PATIENCE;
	bool late;

	do {
		late = time_now() > deadline;
		if ((io_in8(STATUS_PORT) & mask) == wanted)
			return true;
	} while (!late);
	return false;
}

static bool send(uint16_t port, uint8_t byte)
{
	if (!wait_for_status(STATUS_INPUT_FULL, 0))
		return false;
	io_out8(port, byte);
	return true;
}

static void drain(void)
{
	for (int i = 0; i < BYTES_MAX && (io_in8(STATUS_PORT) & STATUS_OUTPUT_FULL); i++)
		io_in8(DATA_PORT);
}

static bool set_command_byte(uint8_t byte)
{
	return send(STATUS_PORT, COMMAND_WRITE_BYTE) && send(DATA_PORT, byte);
}

/* With both devices off, what comes is the controller's own. */
static bool answers(void)
{
	if (io_in8(STATUS_PORT) == STATUS_ABSENT || !send(STATUS_PORT, COMMAND_KEYBOARD_OFF) ||
	    !send(STATUS_PORT, COMMAND_MOUSE_OFF) || !wait_for_status(STATUS_INPUT_FULL, 0))
		return false;
	drain();
	if (!send(STATUS_PORT, COMMAND_READ_BYTE) ||
	    !wait_for_status(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
		return false;
	drain();
	return true;
}

/* Without an answer too: the controller is there, and a keyboard may be plugged in later. */
static void tell_keyboard(uint8_t command)
{
	uint8_t answer = 0;

	if (!send(DATA_PORT, command))
		return;
	for (int i = 0; i < BYTES_MAX && answer != KEYBOARD_ACKNOWLEDGE; i++) {
		if (!wait_for_status(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
			return;
		answer = io_in8(DATA_PORT);
	}
}

int controller_init(void)
{
	if (!answers() || !set_command_byte(BYTE_WANTED) || !send(STATUS_PORT, COMMAND_KEYBOARD_ON))
		return -ENODEV;
	tell_keyboard(KEYBOARD_DEFAULTS);
	tell_keyboard(KEYBOARD_SCAN);
	return 0;
}

int controller_enable_interrupt(void)
{
	return set_command_byte(BYTE_WANTED | BYTE_KEYBOARD_INTERRUPT) ? 0 : -EIO;
}

bool controller_take(uint8_t *byte)
{
	for (int i = 0; i < BYTES_MAX; i++) {
		uint8_t status = io_in8(STATUS_PORT);

		if (!(status & STATUS_OUTPUT_FULL) || status == STATUS_ABSENT)
			return false;
		*byte = io_in8(DATA_PORT);
		if (!(status & STATUS_FROM_MOUSE))
			return true;
	}
	return false;
}
