# How a source file becomes an object, for each layer. The include paths are the layers: what a
# folder may not know, it cannot include.

include_lib := -Ilib/include -isystem lib/libc/include
include_kernel := $(include_lib) -Ikernel/include -Ikernel -Ikernel/arch/x86_64/include
include_module := -Ilib/include -isystem lib/libc/include -Ikernel/include -Imodules/terminal/include \
	-Imodules/power/include -Imodules/hook/include
include_host = -Ilib/include $(addprefix -I,$(sort $(dir $(pure_module_sources))))

# sources FOLDER SUFFIX: every such file below FOLDER, in a fixed order.
sources = $(sort $(shell find $(1) -name '[!.]*.$(2)' 2>/dev/null))
objects = $(patsubst %,$(BUILD)/obj/%.o,$(basename $(1)))

quiet = @printf '  %-8s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2));

# record FILE,VARIABLE: FILE holds the value of VARIABLE and is written only when that changes. What is
# made with other flags or from other files than before is made again, since it depends on such a file.
# The value leaves out where the tree lies, which has no effect. (strip: some makes leave the newline.)
define record
recorded.$(1) := $$(strip $$(subst $$(place_flags),,$$($(2))))
ifneq ($$(strip $$(file < $(1))),$$(recorded.$(1)))
$(1): changed
endif
$(1):
	@mkdir -p $$(@D); printf '%s\n' $$(call shell_quote,$$(recorded.$(1))) > $$@
endef
.PHONY: changed

# version COMMAND: the line by which a tool tells its versions apart.
version = $(shell $(1) 2>/dev/null | head -n 1)

# What makes an object of an assembly file; NASM has no option that asm_place.py could be spared by.
assemble = $(NASM) -felf64 -g -F dwarf -w+error -I$(<D)/ -MD $(@:.o=.d) -MP $< -o $@ && \
	$(PYTHON) tools/asm_place.py $@

# Every object of the target depends on these.
settings := $(BUILD)/obj/settings
settings_text = $(CC) $(call version,$(CC) -dumpfullversion -dumpversion) $(TARGET_CFLAGS) \
	$(include_kernel) $(include_module) $(call version,$(NASM) -v) $(assemble)

$(eval $(call record,$(settings),settings_text))

# A compiler that has not been used here before is tried before anything is written.
ifneq ($(strip $(file < $(settings))),$(recorded.$(settings)))
ifneq ($(filter-out clean help toolchain,$(goals)),)
said := $(shell echo 'int wide[sizeof(void *) == 8 ? 1 : -1];' | $(CC) $(TARGET_CFLAGS) -x c -S -o - - 2>&1)
ifeq ($(findstring wide,$(said))$(findstring error:,$(said)),wide)
else
$(error CC=$(CC): it does not compile for x86-64$(if $(said),: $(wordlist 1,20,$(said))))
endif
endif
endif

# c_rule FOLDER,INCLUDES: objects of the C files below FOLDER.
define c_rule
$(BUILD)/obj/$(1)/%.o: $(1)/%.c $(settings)
	$$(call quiet,CC,$$@)mkdir -p $$(@D); \
	$(CC) $(TARGET_CFLAGS) $(2) -MMD -MP -c $$< -o $$@
endef

# asm_rule FOLDER: objects of the assembly files below FOLDER.
define asm_rule
$(BUILD)/obj/$(1)/%.o: $(1)/%.asm $(settings) tools/asm_place.py
	$$(call quiet,NASM,$$@)mkdir -p $$(@D); $$(assemble)
endef

# What is linked, and stripped for the boot image, depends on these.
link_settings := $(BUILD)/obj/link
link_kernel = $(LD) -nostdlib -static -z max-page-size=0x1000 -z noexecstack --build-id=none \
	--fatal-warnings --orphan-handling=error -T linker.ld -o $@ $(filter %.o,$^)
link_module = $(LD) -r -z noexecstack -o $@ $(filter %.o,$^)
strip_for_image = $(OBJCOPY) --strip-debug $< $@
link_text = $(call version,$(LD) --version) $(call version,$(OBJCOPY) --version) \
	$(link_kernel) $(link_module) $(strip_for_image)

$(eval $(call record,$(link_settings),link_text))
