/*
 * Under `debug`: a put without a get is found where it is made. In a module's text a put is one
 * instruction that is found by its eight bytes and replaced, before it can run, by a call
 * of the same length. What is counted then is how many references modules have taken by themselves;
 * the kernel's own (dependencies, spans, calls) come from kernel text, which stays as it is, so a
 * surplus put shows even where it exactly hides one of those.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/module.h>

#include <bus/owner.h>

#include "bus_internal.h"

#define INSTRUCTION 8
#define CALL 0xe8

void checked_put(void);
void checked_get(void);
void reference_check_put(struct module *module, uint64_t place);
void reference_check_get(struct module *module, uint64_t place);

/* incq %gs:DISPLACEMENT(%rdi) (Intel SDM vol. 2, INC; module.h has the displacements). */
struct increment {
	uint8_t code[4];
	int32_t displacement;
};
static const struct increment get = {{0x65, 0x48, 0xff, 0x87}, OWNER_COUNTER_SHIFT};
static const struct increment put = {{0x65, 0x48, 0xff, 0x87}, OWNER_COUNTER_SHIFT + 8};
BUILD_BUG_ON(sizeof(struct increment) != INSTRUCTION);

/* try_module_get looks at the sign, and under `debug` then counts in module_get_refused. */
static bool looks_at_sign(const uint8_t *next, uint64_t left)
{
	return left >= 2 && (next[0] == 0x78 || (next[0] == 0x0f && next[1] == 0x88));
}

/* Replaces the instruction, which will run at @run, by a call and a NOP of three bytes. */
static void replace(uint8_t *now, uint64_t run, void (*function)(void))
{
	static const uint8_t nop[] = {0x0f, 0x1f, 0x00};
	int32_t distance = (int32_t)((uint64_t)function - (run + INSTRUCTION - sizeof(nop)));

	now[0] = CALL;
	memcpy(now + 1, &distance, sizeof(distance));
	memcpy(now + 1 + sizeof(distance), nop, sizeof(nop));
}

void reference_check_text(uint8_t *now, uint64_t run, uint64_t size)
{
	for (uint64_t at = 0; debug_enabled && at + INSTRUCTION <= size; at++) {
		if (memcmp(now + at, &put, INSTRUCTION) == 0)
			replace(now + at, run + at, checked_put);
		else if (memcmp(now + at, &get, INSTRUCTION) == 0 &&
			 !looks_at_sign(now + at + INSTRUCTION, size - at - INSTRUCTION))
			replace(now + at, run + at, checked_get);
	}
}

/* Where modules' last gets came from; a ring, racy on purpose: it is shown, never relied on. The
 * kernel's own are dependencies, spans and calls, which have names. */
void reference_note_get(struct owner *owner, uint64_t place)
{
	struct owner_trace *trace = &owner->trace;

	if (owner_has(&kernel_owner, OWNER_TEXT, place))
		return;
	__atomic_add_fetch(&owner->trace.bare, 1, __ATOMIC_RELAXED);
	trace->places[trace->next % OWNER_TRACE] = place;
	trace->next++;
}

void reference_report_gets(const struct owner *owner, struct module_report *report)
{
	const struct owner_trace *trace = &owner->trace;
	unsigned known = debug_enabled ? min(trace->next, OWNER_TRACE) : 0;

	for (unsigned i = 1; i <= known; i++) {
		char text[80];

		code_describe(trace->places[(trace->next - i) % OWNER_TRACE], text, sizeof(text));
		report_line(report, "  taken at %s", text);
	}
}

void reference_check_put(struct module *module, uint64_t place)
{
	struct owner *owner = module->ledger;
	char text[80];

	if (__atomic_sub_fetch(&owner->trace.bare, 1, __ATOMIC_RELAXED) < 0) {
		code_describe(place, text, sizeof(text));
		printk(KERN_ERR "%s: put without get at %s\n", owner->name, text);
	}
	module_put(module);
}

void reference_check_get(struct module *module, uint64_t place)
{
	reference_note_get(module->ledger, place);
	__module_get(module);
}
