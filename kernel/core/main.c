/*
 * The kernel's table of contents: what is brought up, in which order, and why there. Each step may
 * use what stands above it and nothing below. Until sched_init this is context `early`: one CPU,
 * interrupts off; from there on it is the thread "boot".
 */
#include <stdint.h>

#include <kernel/irq.h>
#include <kernel/source.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include <arch/control.h>
#include <arch/hash_key.h>
#include <bus/bus.h>
#include <bus/owner.h>
#include <core/core.h>
#include <irq/ioapic.h>
#include <log/log.h>
#include <log/panic.h>
#include <log/uart.h>
#include <module/module.h>
#include <sched/sched.h>
#include <smp/ipi.h>
#include <time/timer_queue.h>

_Noreturn void kernel_main(uint32_t information, uint64_t entry_tsc); /* called by boot/boot.asm */

static void must(int error, const char *what)
{
	if (error)
		panic("%s: %s", what, errno_name(error));
}

/* gs leads to the early window, which boot.asm has filled; traps are reported from here on. */
static void start_cpu(void)
{
	struct cpu *cpu = (struct cpu *)msr_read(MSR_GS_BASE);

	cpu_window_init(cpu, 0);
	cpu_window_enter(cpu);
	cpu_control_init();
	cpu_set_online();
	hash_key_init();
}

static void register_interfaces(void)
{
	interface_register(&source_interface);
	interface_register(&irq_interface);
	interface_register(&log_reader_interface);
}

void kernel_main(uint32_t information, uint64_t entry_tsc)
{
	/* This CPU, and a way to say what goes wrong. */
	start_cpu();
	uart_init();
	printk("tenon: a kernel that takes modules in and lets them go\n");

	/* Memory: the boot loader's map, the final page tables, the heap. */
	boot_info_init(information);
	memory_init();
	owner_table_init(); /* the kernel is an owner like any other */

	/* The machine: tables, interrupt controllers, clock. */
	acpi_init();
	pic_disable();
	machine_init_interrupts();
	machine_init_clock(entry_tsc);
	timer_queue_init();

	/* Threads, on this CPU and then on all. */
	ipi_init();
	must(sched_init(), "threads");
	irq_enable();
	processors_start();
	must(work_init_all(), "workers");

	/* What modules hang on. */
	bus_init();
	must(bus_start(), "reaper");
	register_interfaces();
	must(log_reader_start(), "log thread");
	must(module_mechanism_init(), "exports");
	memory_boot_done();

	/* The rest of the system is modules; the last of them asks for the first line. */
	printk("tenon: up after %llu us with %u CPUs\n", time_now() / TIME_US, cpu_count());
	module_load_boot_set();
	for (;;)
		time_sleep(WAIT_FOREVER);
}
