# lib/ becomes part of the kernel here; tests and tools compile the same files for the host.

lib_sources := $(call sources,lib,c)
lib_objects := $(call objects,$(lib_sources))
# Pure code that one module needs stands with that module; it is held to the same rules and tested
# on the host in the same way.
pure_module_sources := modules/fb_console/boot_screen.c modules/fb_console/psf.c modules/files/path.c modules/initrd/archive.c \
	modules/power/s5.c modules/ps2_keyboard/scancode.c modules/shell/cure.c modules/shell/expand.c \
	modules/shell/lineedit.c modules/shell/nearest.c modules/shell/relocation.c modules/shell/words.c \
	modules/shell/words_locate.c modules/shell/words_token.c
# What the host has itself is not built for it.
lib_host_sources := $(filter-out lib/libc/%,$(lib_sources)) $(pure_module_sources)

$(eval $(call c_rule,lib,$(include_lib)))
