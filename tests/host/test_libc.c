/*
 * The kernel's own C library, compiled in under other names and held against the host's, over sizes
 * and alignments around the width of a word.
 */
#include "test.h"

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define strlen own_strlen
#define strnlen own_strnlen
#define strcmp own_strcmp
#define strncmp own_strncmp
#define strchr own_strchr
#define strrchr own_strrchr
#define strstr own_strstr
#define strspn own_strspn
#define strcspn own_strcspn
#define strlcpy own_strlcpy
#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* its header is for the kernel */
#include "../../lib/libc/memory.c"
#include "../../lib/libc/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#undef strspn
#undef strcspn

#define SIZE 64

static void fill(char *bytes)
{
	for (int i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 37 + 11);
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

TEST(memmove_every_overlap)
{
	for (size_t from = 0; from <= 24; from++) {
		for (size_t to = 0; to <= 24; to++) {
			for (size_t size = 0; size <= 40; size++) {
				char own[SIZE], host[SIZE];

				fill(own);
				fill(host);
				CHECK(own_memmove(own + to, own + from, size) == own + to);
				memmove(host + to, host + from, size);
				CHECK_BYTES(own, host, SIZE);
			}
		}
	}
}

TEST(memcpy_memset_sizes)
{
	for (size_t at = 0; at < 9; at++) {
		for (size_t size = 0; size <= 40; size++) {
			char source[SIZE], own[SIZE] = {0}, host[SIZE] = {0};

			fill(source);
			CHECK(own_memcpy(own + at, source + 3, size) == own + at);
			memcpy(host + at, source + 3, size);
			CHECK_BYTES(own, host, SIZE);
			CHECK(own_memset(own + at, 0x1a5, size) == own + at);
			memset(host + at, 0xa5, size);
			CHECK_BYTES(own, host, SIZE);
		}
	}
}

TEST(memcmp_memchr_each_position)
{
	for (size_t size = 0; size <= 33; size++) {
		char a[SIZE], b[SIZE];

		fill(a);
		fill(b);
		CHECK_EQ(own_memcmp(a, b, size), 0);
		for (size_t at = 0; at < size; at++) {
			b[at] = (char)(a[at] ^ 0x80);
			CHECK_EQ(sign(own_memcmp(a, b, size)), sign(memcmp(a, b, size)));
			CHECK_EQ(own_memcmp(a, b, at), 0);
			CHECK(own_memchr(a, a[at], size) == memchr(a, a[at], size));
			b[at] = a[at];
		}
	}
}

TEST(string_functions)
{
	static const char *const texts[] = {"",	 "a",	"ab",	"abc",	 "abd",
					    "b", "aab", "\xff", "abcabc"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *a = texts[i];

		CHECK_EQ(own_strlen(a), strlen(a));
		CHECK_EQ(own_strnlen(a, 2), strnlen(a, 2));
		CHECK(own_strchr(a, 'b') == strchr(a, 'b'));
		CHECK(own_strchr(a, '\0') == strchr(a, '\0'));
		CHECK(own_strrchr(a, 'a') == strrchr(a, 'a'));
		CHECK(own_strrchr(a, '\0') == strrchr(a, '\0'));
		for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
			const char *b = texts[j];

			CHECK_EQ(sign(own_strcmp(a, b)), sign(strcmp(a, b)));
			for (size_t n = 0; n < 4; n++)
				CHECK_EQ(sign(own_strncmp(a, b, n)), sign(strncmp(a, b, n)));
			CHECK(own_strstr(a, b) == strstr(a, b));
			CHECK_EQ(own_strspn(a, b), strspn(a, b));
			CHECK_EQ(own_strcspn(a, b), strcspn(a, b));
		}
	}
}

TEST(strlcpy_cut)
{
	char buffer[4] = "xyz";

	CHECK_EQ(own_strlcpy(buffer, "ab", 4), 2);
	CHECK_STR(buffer, "ab");
	CHECK_EQ(own_strlcpy(buffer, "abc", 4), 3);
	CHECK_STR(buffer, "abc");
	CHECK_EQ(own_strlcpy(buffer, "abcd", 4), 4);
	CHECK_STR(buffer, "abc");
}
