/*
 * The descriptor tables: a GDT and a TSS in each CPU's window, one IDT for all. The one rule: the
 * IDT names an IST stack for a vector only from the moment that the first CPU has such a stack; a
 * CPU that comes later sets its stacks before it loads the tables.
 */
#include <arch/descriptor.h>

#include <arch/cpu.h>
#include <arch/trap.h>

/* A gate of the IDT, low half (Intel SDM vol. 3, figure 6-8); the high half is the rest of the
 * address. */
#define GATE_INTERRUPT 0x8e0000000000 /* present, ring 0, 64-bit interrupt gate */
#define GATE_STACK_SHIFT 32
#define GATES 256
#define ENTRY_SIZE 16 /* entry.asm */

#define DESCRIPTOR_CODE 0x00af9a000000ffff
#define DESCRIPTOR_DATA 0x00cf92000000ffff
#define DESCRIPTOR_TSS 0x0000890000000000

/* Intel SDM vol. 3, figure 7-11. */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

struct descriptors {
	uint64_t table[5]; /* null, code, data, TSS in two halves */
	struct tss tss;
} __attribute__((aligned(16)));

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static DEFINE_PER_CPU(struct descriptors, descriptors);
static uint64_t gates[GATES][2];

extern const char trap_entries[];

static struct descriptors *descriptors_of(struct cpu *cpu)
{
	return (struct descriptors *)((uint64_t)cpu + (uint64_t)&descriptors);
}

static void gates_init(void)
{
	for (unsigned vector = 0; vector < GATES; vector++) {
		uint64_t entry = (uint64_t)trap_entries + vector * ENTRY_SIZE;

		gates[vector][0] = (entry & 0xffff) | SEGMENT_CODE << 16 | GATE_INTERRUPT |
				   (entry >> 16 & 0xffff) << 48;
		gates[vector][1] = entry >> 32;
	}
}

static void tables_init(struct cpu *cpu)
{
	struct descriptors *mine = descriptors_of(cpu);
	uint64_t base = (uint64_t)&mine->tss;
	uint64_t limit = sizeof(mine->tss) - 1;

	mine->tss.io_map = sizeof(mine->tss);
	mine->table[1] = DESCRIPTOR_CODE;
	mine->table[2] = DESCRIPTOR_DATA;
	mine->table[3] =
	    DESCRIPTOR_TSS | limit | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	mine->table[4] = base >> 32;
}

static void segments_load(void)
{
	asm volatile("pushq %0\n\t"
		     "leaq 1f(%%rip), %%rax\n\t"
		     "pushq %%rax\n\t"
		     "lretq\n"
		     "1:\n\t"
		     "movw %w1, %%ds\n\t"
		     "movw %w1, %%es\n\t"
		     "movw %w1, %%ss"
		     :
		     : "i"(SEGMENT_CODE), "r"(SEGMENT_DATA)
		     : "rax", "memory");
}

void descriptors_load(struct cpu *cpu)
{
	struct table_pointer pointer;

	if (gates[0][0] == 0)
		gates_init();
	tables_init(cpu);
	pointer.limit = sizeof(descriptors_of(cpu)->table) - 1;
	pointer.base = (uint64_t)descriptors_of(cpu)->table;
	asm volatile("lgdt %0" : : "m"(pointer));
	segments_load();
	asm volatile("ltr %w0" : : "r"(SEGMENT_TSS));
	pointer.limit = sizeof(gates) - 1;
	pointer.base = (uint64_t)gates;
	asm volatile("lidt %0" : : "m"(pointer));
}

void descriptors_set_stack(struct cpu *cpu, unsigned which, void *top)
{
	static const struct {
		uint8_t first, last;
	} vectors[INTERRUPT_STACKS] = {{TRAP_NMI, TRAP_NMI},
				       {TRAP_DOUBLE_FAULT, TRAP_DOUBLE_FAULT},
				       {TRAP_MACHINE_CHECK, TRAP_MACHINE_CHECK},
				       {TRAP_VECTORS, GATES - 1}};

	descriptors_of(cpu)->tss.ist[which] = (uint64_t)top;
	for (unsigned vector = vectors[which].first; vector <= vectors[which].last; vector++)
		gates[vector][0] |= (which + 1ull) << GATE_STACK_SHIFT;
	cpu->interrupt_stack = (uint64_t)top; /* the last one's */
}
