#pragma once

#include <stddef.h>

/*
 * The C library's memory and string functions, as far as the kernel, lib/ and modules use them; ISO
 * C11 7.24, POSIX strnlen, BSD strlcpy. Host programs have the system's. Context: any.
 */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *bytes, int byte, size_t size);

size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);
char *strstr(const char *text, const char *part);
size_t strspn(const char *text, const char *accept);
size_t strcspn(const char *text, const char *reject);
/* Copies what fits and always terminates (@size at least 1); returns the length of @from. lib/ does
 * not use it: the host's library has none. */
size_t strlcpy(char *restrict to, const char *restrict from, size_t size);

/*
 * -ffreestanding takes from these names what the compiler knows of them. The builtins give it back:
 * a copy of a known small size becomes a move, and only the others call the functions.
 */
#define memcpy(...) __builtin_memcpy(__VA_ARGS__)
#define memmove(...) __builtin_memmove(__VA_ARGS__)
#define memset(...) __builtin_memset(__VA_ARGS__)
#define memcmp(...) __builtin_memcmp(__VA_ARGS__)
#define strlen(...) __builtin_strlen(__VA_ARGS__)
