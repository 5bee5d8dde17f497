#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/place.h>

struct module;

/* x86 port access (Intel SDM vol. 1, ch. 19) and mappings of device memory. */
static inline uint8_t io_in8(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}
static inline uint16_t io_in16(uint16_t port)
{
	uint16_t value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}
static inline uint32_t io_in32(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}
static inline void io_out8(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
static inline void io_out16(uint16_t port, uint16_t value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
static inline void io_out32(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

enum io_cache {
	IO_UNCACHED,
	IO_WRITE_COMBINING,
	IO_CACHED, /* firmware tables in RAM */
};

/* Maps @size bytes of physical memory, booked to the owner. NULL when short. Context: thread. */
#define io_map(physical, size, cache) io_map_at(physical, size, cache, THIS_MODULE, PLACE)
void *io_map_at(uint64_t physical, size_t size, enum io_cache cache, struct module *owner,
		const struct place *place);
void io_unmap(void *mapping);
