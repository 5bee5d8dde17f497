/*
 * Machine checks: what the hardware finds wrong with itself (Intel SDM vol. 3, chapter 15). Units
 * report errors in banks of registers that each CPU has. An uncorrected error raises an exception,
 * which is a panic; a corrected one is only recorded, so each CPU looks at its banks now and then.
 * The one rule: a CPU reads and clears its own banks only, and a bank whose error was logged is
 * cleared, so that it is logged once and the next error finds room.
 */
#include <core/core.h>

#include <lib/compiler.h>
#include <lib/format.h>

#include <kernel/cpu_call.h>
#include <kernel/percpu.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include <arch/control.h>
#include <arch/trap.h>
#include <log/panic.h>

#define PERIOD (5 * TIME_SECOND)
#define PATIENCE 10000000 /* pauses, until a CPU that knows what is wrong panics */
#define TEXT_MAX 128

/* 15.3.1, 15.3.2. */
#define MSR_CAPABILITIES 0x179
#define CAPABILITIES_BANKS 0xffu
#define CAPABILITIES_CONTROL (1u << 8) /* MSR_CONTROL is there */
#define MSR_GLOBAL_STATUS 0x17a
#define MSR_CONTROL 0x17b
#define MSR_BANK(bank, word) (0x400 + 4 * (bank) + (word))
enum bank_word { BANK_CONTROL, BANK_STATUS, BANK_ADDRESS, BANK_MISC };
#define BANKS_MAX 32u

#define STATUS_VALID (1ull << 63)
#define STATUS_UNCORRECTED (1ull << 61)
#define STATUS_HAS_MISC (1ull << 59)
#define STATUS_HAS_ADDRESS (1ull << 58)

#define CPUID_1_BANKS (1u << 14) /* in EDX: MCA */

static DEFINE_PER_CPU(struct timer, poll_timer);

static unsigned bank_count(void)
{
	if (!(cpuid(1, 0).edx & CPUID_1_BANKS))
		return 0;
	return min((uint32_t)msr_read(MSR_CAPABILITIES) & CAPABILITIES_BANKS, BANKS_MAX);
}

/* The bank's status, and in words what stands in it; 0: no error. */
static uint64_t read_bank(unsigned bank, char *text)
{
	uint64_t status = msr_read(MSR_BANK(bank, BANK_STATUS)), address = 0, misc = 0;

	if (!(status & STATUS_VALID))
		return 0;
	if (status & STATUS_HAS_ADDRESS)
		address = msr_read(MSR_BANK(bank, BANK_ADDRESS));
	if (status & STATUS_HAS_MISC)
		misc = msr_read(MSR_BANK(bank, BANK_MISC));
	format_text(text, TEXT_MAX, "CPU %u, bank %u: status %lx, address %lx, misc %lx", cpu_id(),
		    bank, status, address, misc);
	return status;
}

static void poll_banks(struct timer *timer, void *unused)
{
	char text[TEXT_MAX];

	for (unsigned bank = 0; bank < bank_count(); bank++) {
		uint64_t status = read_bank(bank, text);

		if (status == 0)
			continue;
		msr_write(MSR_BANK(bank, BANK_STATUS), 0);
		printk(KERN_ERR "machine check: %s error, %s\n",
		       status & STATUS_UNCORRECTED ? "an uncorrected" : "a corrected", text);
	}
}

/* The banks stay as they are: firmware reads them after the reset. The exception may go to every
 * CPU; one that has no error waits for the one that has. */
void machine_check(struct trap_frame *frame)
{
	char reason[TEXT_MAX];
	bool known = false;

	for (unsigned bank = 0; bank < bank_count() && !known; bank++)
		known = read_bank(bank, reason) & STATUS_UNCORRECTED;
	for (unsigned i = 0; !known && i < PATIENCE && !panic_under_way(); i++)
		cpu_pause();
	panic_at(frame, "machine check, global status %lx, %s", msr_read(MSR_GLOBAL_STATUS),
		 known ? reason : "no error in the banks of this CPU");
}

/* All errors are to be reported (15.8). A bank that firmware has set up stays as it is: bank 0 of
 * old models is not the kernel's to change (15.3.2.1). */
static void watch_banks(void *unused)
{
	struct timer *timer = this_cpu_pointer(poll_timer);

	if (msr_read(MSR_CAPABILITIES) & CAPABILITIES_CONTROL)
		msr_write(MSR_CONTROL, UINT64_MAX);
	for (unsigned bank = 0; bank < bank_count(); bank++)
		if (msr_read(MSR_BANK(bank, BANK_CONTROL)) == 0)
			msr_write(MSR_BANK(bank, BANK_CONTROL), UINT64_MAX);
	timer_init_at(timer, poll_banks, NULL, NULL, NULL);
	timer_start_periodic(timer, PERIOD);
}

void machine_check_init(void)
{
	if (bank_count() > 0)
		cpu_call_all(watch_banks, NULL);
}
