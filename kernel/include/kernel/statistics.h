#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the commands of the shell show of the kernel. Each call copies under the lock that guards
 * the thing; rows by index, -ENOENT past the last. Context: thread.
 */
struct memory_statistics {
	uint64_t free_pages, total_pages;
	uint64_t heap_bytes, heap_objects;
	uint64_t module_pages; /* pages in the module window */
};
void memory_statistics(struct memory_statistics *statistics);
unsigned registration_count(void); /* all interfaces, of all owners */
unsigned timer_count(void);	   /* armed */
unsigned thread_count(void);

struct stop_statistics {
	uint64_t count;
	uint64_t last, longest; /* ns, from call to release */
};
void stop_statistics(struct stop_statistics *statistics);

struct thread_row {
	uint32_t id;
	char name[32];
	char state[16];
	char owner[56];
	int cpu;
	uint64_t run_time; /* ns */
	uint64_t call;	   /* where the record of its innermost call into a module is; 0: none */
};
int thread_describe(unsigned index, struct thread_row *row);

/* In the function of a stop: the innermost call into a module that thread number @thread is in;
 * NULL: none. It stays as long as the stop lasts. */
struct call;
const struct call *thread_call_stopped(uint32_t thread);

/*
 * For a watchdog: a look at CPU @cpu by the one thread, on another CPU, that looks at it once a
 * second. False: no interrupt gets through to it; after five looks the log says what it is at.
 */
bool cpu_watch(unsigned cpu);

struct cpu_row {
	unsigned cpu;
	uint32_t apic_id;
	uint64_t idle_time; /* ns */
	uint64_t switches;
	char running[32];
};
int cpu_describe(unsigned index, struct cpu_row *row);

struct irq_row {
	char name[16];	     /* "4", "NMI", "timer", "resched" … */
	char handlers[64];   /* names, comma-separated */
	uint64_t counts[64]; /* per CPU */
};
/* Of @vector, below INTERRUPT_VECTORS: -ENOENT: it has neither a name nor a handler, and has not
 * come. */
#define INTERRUPT_VECTORS 256u
int irq_describe(unsigned vector, struct irq_row *row);
