/* Sentences are made whole; foreign text cannot break out of them. */
#include <lib/elf_diag.h>
#include <lib/errno.h>

#include "test.h"

TEST(a_refusal_returns_its_errno)
{
	struct elf_diag diag = {};

	CHECK_EQ(elf_refuse(&diag, EBUSY, 3, 4, "busy"), -EBUSY);
	CHECK_EQ(diag.err, -EBUSY);
	CHECK_EQ(diag.value, 3);
	CHECK_EQ(diag.limit, 4);
}

TEST(numbers_and_texts)
{
	struct elf_diag diag = {
	    .section = 3, .section_name = {".rela.text", 10}, .field = {"symbol table", 12}};
	char sentence[200];

	elf_refuse(&diag, ENOEXEC, UINT64_MAX, 9,
		   "sh_link {value} is not the {field} that belongs to it, of {limit} sections");
	CHECK_EQ(elf_diag_text(&diag, sentence, sizeof(sentence)), strlen(sentence));
	CHECK_STR(sentence, "section 3 (.rela.text): sh_link 18446744073709551615 is not the "
			    "symbol table that belongs to it, of 9 sections");
	diag = (struct elf_diag){.section = 4, .index = 7, .name = {"n", 1}, .text = {"t", 1}};
	elf_refuse(&diag, ENOEXEC, 255, 0, "{index} {hex} {name}{text}");
	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK_STR(sentence, "section 4: 7 0xff nt");
	diag = (struct elf_diag){};
	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK_STR(sentence, "nothing is wrong");
}

TEST(foreign_text_is_escaped_and_cut)
{
	struct elf_diag diag = {.sentence = "unknown symbol {name}: nobody has it",
				.name = {"a\033[2J\r\nb", 8}};
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
	struct elf_diag diag = {.sentence = "no symbol {index} in table {name}", .name = {"a", 1}};
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

TEST(addends_have_their_sign)
{
	struct elf_diag diag = {.sentence = "of {name}{addend}", .name = {"a", 1}};
	char sentence[200];

	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK_STR(sentence, "of a");
	diag.addend = 16;
	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK_STR(sentence, "of a+0x10");
	diag.addend = INT64_MIN;
	elf_diag_text(&diag, sentence, sizeof(sentence));
	CHECK_STR(sentence, "of a-0x8000000000000000");
}
