/* Every reason has an errno and a sentence; foreign text cannot break out of it. */
#include <lib/elf_diag.h>
#include <lib/errno.h>

#include "test.h"

TEST(every_reason_has_a_sentence)
{
	for (unsigned reason = ELF_FINE + 1; reason < ELF_REASONS; reason++) {
		struct elf_diag diag;
		char sentence[400];
		int err = elf_refuse(&diag, (struct elf_diag){.reason = reason});

		CHECK(err == -ENOEXEC || err == -E2BIG || err == -ENOENT || err == -EINVAL);
		CHECK_EQ(diag.err, err);
		CHECK(elf_diag_text(&diag, sentence, sizeof(sentence)) > 10);
		CHECK(strchr(sentence, '{') == NULL && strchr(sentence, '}') == NULL);
	}
}

TEST(given_errno_wins)
{
	struct elf_diag diag;

	CHECK_EQ(elf_refuse(&diag, (struct elf_diag){.err = -EBUSY, .reason = ELF_SYMBOL_REFUSED}),
		 -EBUSY);
}

TEST(numbers_and_texts)
{
	struct elf_diag diag = {.reason = ELF_LINK,
				.section = 3,
				.section_name = {".rela.text", 10},
				.field = {"symbol table", 12},
				.value = UINT64_MAX,
				.limit = 9};
	char sentence[200];

	CHECK_EQ(elf_diag_text(&diag, sentence, sizeof(sentence)), strlen(sentence));
	CHECK_STR(sentence, "section 3 (.rela.text): sh_link 18446744073709551615 is not the "
			    "symbol table that belongs to it, of 9 sections");
}

TEST(foreign_text_is_escaped_and_cut)
{
	struct elf_diag diag = {.reason = ELF_SYMBOL_UNKNOWN, .name = {"a\033[2J\r\nb", 8}};
	char sentence[400], longest[300];

	elf_diag_text(&diag, sentence, sizeof(sentence));
	for (const char *at = sentence; *at != '\0'; at++)
		CHECK(*at >= ' ' && *at < 0x7f);
	memset(longest, 'x', sizeof(longest));
	diag.name = (struct elf_text){longest, sizeof(longest)};
	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK(strstr(sentence, "xxx...") != NULL);
	CHECK(strlen(sentence) < 200);
}

TEST(small_buffers)
{
	struct elf_diag diag = {.reason = ELF_NO_SYMBOLS};
	char sentence[200], *small;
	size_t whole = (size_t)elf_diag_text(&diag, sentence, sizeof(sentence));

	for (size_t size = 1; size <= whole + 1; size++) {
		small = test_copy(sentence, size);
		CHECK_EQ(elf_diag_text(&diag, small, size), whole);
		CHECK_EQ(strlen(small), size - 1);
		CHECK(strncmp(small, sentence, size - 1) == 0);
	}
	CHECK_EQ(elf_diag_text(&diag, NULL, 0), whole);
}

TEST(addresses_lose_their_lower_half)
{
	struct elf_diag diag = {.reason = ELF_RELOCATION_FIT, .value = 0xffffffffa0123456};
	char sentence[200];

	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK(strstr(sentence, "0xffffffff........") != NULL);
	CHECK(strstr(sentence, "a0123456") == NULL);
	diag.value = 0x123456789;
	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK(strstr(sentence, "0x123456789 ") != NULL);
}
