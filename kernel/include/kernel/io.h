#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/source_location.h>

struct module;

/* x86 port access (Intel SDM vol. 1, ch. 19), io_in8 to io_out32, and mappings of device memory. */
#define IO_PORT_ACCESS(bits, suffix)                                                               \
	static inline uint##bits##_t io_in##bits(uint16_t port)                                    \
	{                                                                                          \
		uint##bits##_t value;                                                              \
		asm volatile("in" suffix " %1, %0" : "=a"(value) : "Nd"(port));                    \
		return value;                                                                      \
	}                                                                                          \
	static inline void io_out##bits(uint16_t port, uint##bits##_t value)                       \
	{                                                                                          \
		asm volatile("out" suffix " %0, %1" : : "a"(value), "Nd"(port));                   \
	}
IO_PORT_ACCESS(8, "b")
IO_PORT_ACCESS(16, "w")
IO_PORT_ACCESS(32, "l")
#undef IO_PORT_ACCESS

enum io_cache {
	IO_UNCACHED,
	IO_WRITE_COMBINING,
	IO_CACHED, /* firmware tables in RAM */
};

/* Maps @size bytes of physical memory, booked to the owner. NULL when short. Context: thread. */
#define io_map(physical, size, cache) io_map_at(physical, size, cache, THIS_MODULE, HERE)
void *io_map_at(uint64_t physical, size_t size, enum io_cache cache, struct module *owner,
		const struct source_location *place);
void io_unmap(void *mapping);

/* The physical address of what heap_alloc has given, all of it in one run, for a device to read and
 * write; 0: it is no such memory. Context: any. */
uint64_t io_physical(const void *memory);
