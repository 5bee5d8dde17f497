/* Boot information: tags built here, whole and cut, and fields that lie. */
#include "test.h"

#include <lib/errno.h>
#include <lib/multiboot2.h>

#include "boot_screen.h"

static uint8_t built[1024];
static size_t built_size;

static void begin(void)
{
	memset(built, 0xee, sizeof(built));
	built_size = 8;
}

static void add(uint32_t type, const void *payload, size_t size)
{
	uint32_t head[2] = {type, (uint32_t)size + 8};

	memcpy(built + built_size, head, 8);
	memcpy(built + built_size + 8, payload, size);
	built_size = (built_size + 8 + size + 7) & ~(size_t)7;
}

static struct multiboot2 finish(void)
{
	struct multiboot2 information;
	uint32_t total;

	add(MULTIBOOT2_END, "", 0);
	total = (uint32_t)built_size;
	memcpy(built, &total, 4);
	CHECK_EQ(multiboot2_open(test_copy(built, built_size), built_size, &information), 0);
	return information;
}

/* The @index-th tag of @type; false: there are fewer. */
static bool find(const struct multiboot2 *information, uint32_t type, unsigned index,
		 struct multiboot2_tag *tag)
{
	size_t position = 0;

	while (multiboot2_next(information, &position, tag) == 0)
		if (tag->type == type && index-- == 0)
			return true;
	return false;
}

static int module_at(const struct multiboot2 *information, unsigned index,
		     struct multiboot2_module *module)
{
	struct multiboot2_tag tag;

	return find(information, MULTIBOOT2_MODULE, index, &tag) ? multiboot2_module(&tag, module)
								 : -ENOENT;
}

static int memory_at(const struct multiboot2 *information, unsigned index,
		     struct multiboot2_memory *memory)
{
	struct multiboot2_tag tag;

	CHECK(find(information, MULTIBOOT2_MEMORY_MAP, 0, &tag));
	return multiboot2_memory(&tag, index, memory);
}

TEST(multiboot2_strings_and_modules)
{
	struct multiboot2_module module;
	struct multiboot2 information;
	struct multiboot2_tag tag;

	begin();
	add(MULTIBOOT2_MODULE, "\x00\x10\x00\x00\x00\x20\x00\x00hello", 14);
	add(MULTIBOOT2_CMDLINE, "debug addresses", 16);
	add(MULTIBOOT2_MODULE, "\x00\x20\x00\x00\x00\x20\x00\x00", 9);
	add(MULTIBOOT2_MODULE, "\x01\x20\x00\x00\x00\x20\x00\x00x", 10); /* ends before it starts */
	add(MULTIBOOT2_MODULE, "\x00\x20\x00\x00\x00\x20\x00\x00xy", 10); /* no NUL */
	add(MULTIBOOT2_MODULE, "\x00\x20\x00\x00\x00\x20\x00", 7);
	information = finish();
	CHECK(find(&information, MULTIBOOT2_CMDLINE, 0, &tag));
	CHECK_STR(multiboot2_text(&tag, 0), "debug addresses");
	CHECK_STR(multiboot2_text(&tag, 6), "addresses");
	CHECK_STR(multiboot2_text(&tag, 15), "");
	CHECK_STR(multiboot2_text(&tag, 16), NULL);
	CHECK_STR(multiboot2_text(&tag, 17), NULL);
	CHECK_EQ(module_at(&information, 0, &module), 0);
	CHECK_EQ(module.start, 0x1000);
	CHECK_EQ(module.end, 0x2000);
	CHECK_STR(module.cmdline, "hello");
	CHECK_EQ(module_at(&information, 1, &module), 0);
	CHECK_STR(module.cmdline, "");
	CHECK_EQ(module_at(&information, 2, &module), -EINVAL);
	CHECK_EQ(module_at(&information, 3, &module), -EINVAL);
	CHECK_EQ(module_at(&information, 4, &module), -EINVAL);
	CHECK_EQ(module_at(&information, 5, &module), -ENOENT);
}

TEST(multiboot2_memory_map)
{
	struct {
		uint32_t entry_size, version;
		struct {
			uint64_t start, length;
			uint32_t type, reserved;
		} entries[3];
	} map = {24, 0, {{0, 0x9fc00, 1, 0}, {~0ull - 1, 1, 2, 0}, {~0ull, 1, 2, 0}}};
	struct multiboot2_memory memory;
	struct multiboot2 information;

	begin();
	add(MULTIBOOT2_MEMORY_MAP, &map, sizeof(map));
	information = finish();
	CHECK_EQ(memory_at(&information, 0, &memory), 0);
	CHECK(memory.start == 0 && memory.length == 0x9fc00 && memory.type == 1);
	CHECK_EQ(memory_at(&information, 1, &memory), 0);
	CHECK_EQ(memory_at(&information, 2, &memory), 0); /* wraps */
	CHECK_EQ(memory.type, MULTIBOOT2_MEMORY_MALFORMED);
	CHECK_EQ(memory_at(&information, 3, &memory), -ENOENT);
	CHECK_EQ(memory_at(&information, UINT32_MAX, &memory), -ENOENT);

	begin();
	add(MULTIBOOT2_MEMORY_MAP, &map, 8);
	information = finish();
	CHECK_EQ(memory_at(&information, 0, &memory), -ENOENT);
	begin();
	add(MULTIBOOT2_MEMORY_MAP, &map, 7);
	information = finish();
	CHECK_EQ(memory_at(&information, 0, &memory), -EINVAL);
	for (uint32_t size = 0; size <= 33; size++) {
		begin();
		map.entry_size = size;
		add(MULTIBOOT2_MEMORY_MAP, &map, sizeof(map));
		information = finish();
		CHECK_EQ(memory_at(&information, 0, &memory),
			 size == 24 || size == 32 ? 0 : -EINVAL);
	}
}

TEST(boot_screens)
{
	uint8_t payload[30] = {0, 0, 0, 0xe0, 0, 0,  0, 0, 0x00, 0x10, 0, 0, 0, 4, 0,
			       0, 0, 3, 0,    0, 32, 1, 0, 0,	 16,   8, 8, 8, 0, 8};
	struct boot_screen screen;

	for (size_t size = 0; size <= 30; size++) {
		screen = boot_screen_parse(test_copy(payload, size), size);
		CHECK_EQ(screen.kind, size == 30 ? SCREEN_LINEAR : SCREEN_NONE);
	}
	CHECK(screen.physical == 0xe0000000 && screen.pitch == 4096 && screen.width == 1024);
	CHECK(screen.height == 768 && screen.bits == 32 && screen.red_position == 16);
	CHECK(screen.green_position == 8 && screen.blue_position == 0 && screen.blue_size == 8);
	for (payload[21] = 2; payload[21] != 0; payload[21]++) {
		screen = boot_screen_parse(test_copy(payload, 22), 22);
		CHECK_EQ(screen.kind, payload[21] == 2 ? SCREEN_TEXT : SCREEN_NONE);
		CHECK_EQ(screen.red_size, 0);
	}
}

/* Whatever the size, walking ends and stays inside: the sanitizer watches. */
TEST(multiboot2_cut_and_lying_sizes)
{
	begin();
	add(MULTIBOOT2_CMDLINE, "debug", 6);
	add(MULTIBOOT2_MODULE, "\x00\x10\x00\x00\x00\x20\x00\x00hello", 14);
	finish();
	for (uint32_t size = 0; size <= built_size; size++) {
		struct multiboot2 information;
		struct multiboot2_tag tag;
		size_t position = 0;
		uint8_t *copy;
		int error;

		memcpy(built, &size, 4);
		copy = test_copy(built, size);
		error = multiboot2_open(copy, size, &information);
		CHECK_EQ(error, size < 8 ? -EINVAL : 0);
		if (error)
			continue;
		while ((error = multiboot2_next(&information, &position, &tag)) == 0)
			CHECK(tag.payload + tag.size <= copy + size);
		CHECK_EQ(error, size == built_size ? -ENOENT : -EINVAL);
	}
	for (uint32_t size = 0; size < 8; size++) {
		struct multiboot2 information = {built, 64};
		struct multiboot2_tag tag;
		size_t position = 0;

		memcpy(built + 12, &size, 4);
		CHECK_EQ(multiboot2_next(&information, &position, &tag), -EINVAL);
	}
}

TEST(multiboot2_size_bounds)
{
	struct multiboot2 information;
	uint32_t total = 9;

	memcpy(built, &total, 4);
	CHECK_EQ(multiboot2_open(built, 8, &information), -EINVAL);
	CHECK_EQ(multiboot2_open(built, 9, &information), 0);
	CHECK_EQ(multiboot2_open(built, SIZE_MAX, &information), 0);
	CHECK_EQ(information.size, 9);
}
