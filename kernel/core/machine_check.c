/*
 * Machine checks: what the hardware finds wrong with itself (Intel SDM vol. 3, chapter 15). An
 * error that is not corrected raises an exception, which is a panic; a module reads what the CPU
 * says of it. The exception may go to every CPU; one that has no error waits for the one that has.
 */
#include <core/core.h>

#include <kernel/booking.h>
#include <kernel/machine_check.h>

#include <arch/control.h>
#include <log/panic.h>

#define PATIENCE 10000000 /* pauses, until a CPU that knows what is wrong panics */
#define TEXT_MAX 160

static bool (*reader)(char *text, size_t size); /* [A] NULL: there is none */

void machine_check_set_reader(bool (*read)(char *text, size_t size))
{
	WRITE_ONCE(reader, read);
}

void machine_check_forget(struct booking *booking)
{
	machine_check_set_reader(NULL);
}

void machine_check(struct trap_frame *frame)
{
	bool (*read)(char *text, size_t size) = READ_ONCE(reader);
	char text[TEXT_MAX] = "and no module to read what it is about";
	bool known = read && read(text, sizeof(text)); /* bare: no call that could be ended */

	for (unsigned i = 0; !known && i < PATIENCE && !panic_under_way(); i++)
		cpu_pause();
	panic_at(frame, "machine check, %s", text);
}
