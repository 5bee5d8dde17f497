/* The boot information: every kind of tag, whatever it says it is. */
#include "fuzz.h"

#include <string.h>

#include <lib/errno.h>
#include <lib/multiboot2.h>

#include "boot_screen.h"

static void take_apart(const struct multiboot2 *information, const struct multiboot2_tag *tag)
{
	struct multiboot2_memory memory;
	struct multiboot2_module module;
	struct boot_screen screen = boot_screen_parse(tag->payload, tag->size);
	const char *text = multiboot2_text(tag, 0);

	fuzz_touch(&screen, sizeof(screen));
	if (text != NULL)
		FUZZ_CHECK(fuzz_inside(text, strlen(text) + 1, tag->payload, tag->size));
	for (unsigned i = 0; multiboot2_memory(tag, i, &memory) == 0; i++)
		FUZZ_CHECK(memory.type == MULTIBOOT2_MEMORY_MALFORMED ||
			   memory.start + memory.length >= memory.start);
	if (multiboot2_module(tag, &module) == 0) {
		FUZZ_CHECK(module.start <= module.end);
		FUZZ_CHECK(fuzz_inside(module.cmdline, strlen(module.cmdline) + 1,
				       information->bytes, information->size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct multiboot2 information;
	struct multiboot2_tag tag;
	size_t position = 0, before = 0;
	int error;

	if (multiboot2_open(data, size, &information) != 0)
		return 0;
	while ((error = multiboot2_next(&information, &position, &tag)) == 0) {
		FUZZ_CHECK(position > before && position % 8 == 0);
		before = position;
		FUZZ_CHECK(fuzz_inside(tag.payload, tag.size, information.bytes, information.size));
		take_apart(&information, &tag);
	}
	FUZZ_CHECK(error == -ENOENT || error == -EINVAL);
	return 0;
}
