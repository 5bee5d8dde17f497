/* The boot information: every getter, on whatever tags there are. */
#include "fuzz.h"

#include <string.h>

#include <lib/errno.h>
#include <lib/multiboot2.h>

static void walk(const struct multiboot2 *information)
{
	struct multiboot2_tag tag;
	size_t position = 0, before = 0;
	int error;

	while ((error = multiboot2_next(information, &position, &tag)) == 0) {
		FUZZ_CHECK(position > before && position % 8 == 0);
		before = position;
		FUZZ_CHECK(
		    fuzz_inside(tag.payload, tag.size, information->bytes, information->size));
	}
	FUZZ_CHECK(error == -ENOENT || error == -EINVAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct multiboot2_framebuffer framebuffer;
	struct multiboot2_memory memory;
	struct multiboot2_module module;
	struct multiboot2 information;
	const char *text;
	const void *rsdp;
	size_t rsdp_size;

	if (multiboot2_open(data, size, &information) != 0)
		return 0;
	walk(&information);
	text = multiboot2_cmdline(&information);
	fuzz_touch(text, strlen(text) + 1);
	for (unsigned i = 0; multiboot2_module(&information, i, &module) != -ENOENT; i++)
		;
	for (unsigned i = 0; multiboot2_memory(&information, i, &memory) == 0; i++)
		FUZZ_CHECK(memory.start + memory.length >= memory.start);
	if (multiboot2_module(&information, 0, &module) == 0) {
		FUZZ_CHECK(module.start <= module.end);
		FUZZ_CHECK(fuzz_inside(module.cmdline, strlen(module.cmdline) + 1, data, size));
	}
	if (multiboot2_rsdp(&information, &rsdp, &rsdp_size) == 0)
		fuzz_touch(rsdp, rsdp_size);
	if (multiboot2_framebuffer(&information, &framebuffer) == 0)
		fuzz_touch(&framebuffer, sizeof(framebuffer));
	return 0;
}
