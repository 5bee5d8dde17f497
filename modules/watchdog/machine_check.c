/*
 * Machine checks (Intel SDM vol. 3, chapter 15). Units of the hardware report errors in banks of
 * registers that each CPU has. One that is not corrected raises an exception, and the kernel asks
 * here what it is about; one that is corrected is only recorded, so each CPU is made to look at its
 * banks now and then. The one rule: a CPU reads and clears its own banks only, and a bank whose
 * error was logged is cleared, so that it is logged once and the next error finds room.
 */
#include "watchdog.h"

#include <stdint.h>

#include <lib/format.h>

#include <kernel/booking.h>
#include <kernel/cpu_call.h>
#include <kernel/machine_check.h>
#include <kernel/preempt.h>

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

static struct booking reader = {
    .kind = "reader", .name = "machine check", .end = machine_check_forget};

static uint64_t msr_read(uint32_t number)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
	return (uint64_t)high << 32 | low;
}

static void msr_write(uint32_t number, uint64_t value)
{
	asm volatile("wrmsr"
		     :
		     : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

static unsigned bank_count(void)
{
	uint32_t leaf = 1, ebx, ecx = 0, edx;

	asm("cpuid" : "+a"(leaf), "=b"(ebx), "+c"(ecx), "=d"(edx));
	if (!(edx & CPUID_1_BANKS))
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

/* The banks stay as they are: firmware reads them after the reset. */
static bool read_uncorrected(char *text, size_t size)
{
	char found[TEXT_MAX];
	bool known = false;

	for (unsigned bank = 0; bank < bank_count() && !known; bank++)
		known = read_bank(bank, found) & STATUS_UNCORRECTED;
	format_text(text, size, "global status %lx, %s", msr_read(MSR_GLOBAL_STATUS),
		    known ? found : "no error in the banks of this CPU");
	return known;
}

static void poll_banks(void *unused)
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

/* All errors are to be reported (15.8). A bank that firmware has set up stays as it is: bank 0 of
 * old models is not the kernel's to change (15.3.2.1). */
static void watch_banks(void *unused)
{
	if (msr_read(MSR_CAPABILITIES) & CAPABILITIES_CONTROL)
		msr_write(MSR_CONTROL, UINT64_MAX);
	for (unsigned bank = 0; bank < bank_count(); bank++)
		if (msr_read(MSR_BANK(bank, BANK_CONTROL)) == 0)
			msr_write(MSR_BANK(bank, BANK_CONTROL), UINT64_MAX);
}

void machine_check_poll(void)
{
	if (bank_count() > 0)
		cpu_call_all(poll_banks, NULL);
}

int machine_check_begin(void)
{
	int error;

	if (bank_count() == 0)
		return 0;
	reader.place = HERE;
	error = booking_add(&reader, THIS_MODULE);
	if (error)
		return error;
	machine_check_set_reader(read_uncorrected);
	return cpu_call_all(watch_banks, NULL);
}

void machine_check_end(void)
{
	machine_check_set_reader(NULL);
	booking_remove(&reader);
}
