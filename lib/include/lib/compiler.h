#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the language lacks. Macros evaluate each argument once unless they say otherwise. */

#define __must_check __attribute__((warn_unused_result))
#define __printf(format_index, first_argument)                                                     \
	__attribute__((format(printf, format_index, first_argument)))
#define __noinline __attribute__((noinline))
#define __aligned(bytes) __attribute__((aligned(bytes)))

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define barrier() __asm__ volatile("" ::: "memory")

/* Fails to compile when @condition holds. */
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), "BUILD_BUG_ON: " #condition)

/* The elements of an array; a pointer does not compile. */
#define ARRAY_SIZE(array)                                                                          \
	(sizeof(array) / sizeof((array)[0]) +                                                      \
	 0 * sizeof(struct {                                                                       \
		 int : -!!__builtin_types_compatible_p(__typeof__(array),                          \
						       __typeof__(&(array)[0]));                   \
	 }))

/* The structure whose member @member is at @pointer. */
#define container_of(pointer, type, member)                                                        \
	__extension__({                                                                            \
		const __typeof__(((type *)0)->member) *member_pointer = (pointer);                 \
		(type *)((char *)(uintptr_t)member_pointer - offsetof(type, member));              \
	})

/* One access, neither torn, repeated nor left out by the compiler; orders nothing else. Scalars. */
#define READ_ONCE(place) (*(const volatile __typeof__(place) *)&(place))
#define WRITE_ONCE(place, value) (*(volatile __typeof__(place) *)&(place) = (value))

#define min(a, b)                                                                                  \
	__extension__({                                                                            \
		__typeof__(a) min_a = (a);                                                         \
		__typeof__(b) min_b = (b);                                                         \
		min_a < min_b ? min_a : min_b;                                                     \
	})
#define max(a, b)                                                                                  \
	__extension__({                                                                            \
		__typeof__(a) max_a = (a);                                                         \
		__typeof__(b) max_b = (b);                                                         \
		max_a > max_b ? max_a : max_b;                                                     \
	})

/* @alignment is a power of two. align_up wraps at the top of the type. */
#define align_down(value, alignment) ((value) & ~((__typeof__(value))(alignment)-1))
#define align_up(value, alignment)                                                                 \
	align_down((value) + ((__typeof__(value))(alignment)-1), alignment)
#define is_aligned(value, alignment) (((value) & ((__typeof__(value))(alignment)-1)) == 0)
