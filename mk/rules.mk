# How a source file becomes an object, for each layer. The include paths are the layers: what a
# folder may not know, it cannot include.

include_lib := -Ilib/include -isystem lib/libc/include
include_kernel := $(include_lib) -Ikernel/include -Ikernel -Ikernel/arch/x86_64/include
include_module := -Ilib/include -isystem lib/libc/include -Ikernel/include
include_host = -Ilib/include $(addprefix -I,$(sort $(dir $(pure_module_sources))))

# sources FOLDER SUFFIX: every such file below FOLDER, in a fixed order.
sources = $(sort $(shell find $(1) -name '*.$(2)' 2>/dev/null))
objects = $(patsubst %,$(BUILD)/obj/%.o,$(basename $(1)))

quiet = @printf '  %-8s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2));

# A change of compiler or flags rebuilds everything: objects depend on this file, which is only
# written when its text changes.
settings := $(BUILD)/obj/settings
settings_text := $(CC) $(shell $(CC) -dumpfullversion -dumpversion 2>/dev/null) $(TARGET_CFLAGS)
ifneq ($(file < $(settings)),$(settings_text))
$(settings): settings_changed
endif
.PHONY: settings_changed
$(settings):
	@mkdir -p $(@D); printf '%s\n' $(call shell_quote,$(settings_text)) > $@

# c_rule FOLDER,INCLUDES: objects of the C files below FOLDER.
define c_rule
$(BUILD)/obj/$(1)/%.o: $(1)/%.c $(settings)
	$$(call quiet,CC,$$@)mkdir -p $$(@D); \
	$(CC) $(TARGET_CFLAGS) $(2) -MMD -MP -c $$< -o $$@
endef

# What makes an object of an assembly file; NASM has no option that asm_place.py could be spared by.
assemble = $(NASM) -felf64 -g -F dwarf -w+error -I$(<D)/ -MD $(@:.o=.d) -MP $< -o $@ && \
	$(PYTHON) tools/asm_place.py $@

# asm_rule FOLDER: objects of the assembly files below FOLDER.
define asm_rule
$(BUILD)/obj/$(1)/%.o: $(1)/%.asm $(settings) tools/asm_place.py
	$$(call quiet,NASM,$$@)mkdir -p $$(@D); $$(assemble)
endef
