# Every folder NAME here becomes NAME.ko: its objects, and a generated descriptor, linked into one
# relocatable file. A folder's own build.mk may say what its module is built with:
#   NAME-depends := OTHER...   the include/ of these modules may be used (its own always may)
#   NAME-cflags := FLAG...    further flags
#   NAME-objects := FILE.o...  further objects, made by a rule of that fragment

module_folders := $(sort $(patsubst %/,%,$(dir $(wildcard modules/*/*.c))))
module_name = $(subst -,_,$(notdir $(1)))

# depends_line NAMES: what a module's .modinfo says of the modules it is built against; always there, as
# kmod's users expect.
module_comma := ,
module_empty :=
module_blank := $(module_empty) $(module_empty)
depends_line = MODULE_DEPENDS("$(subst $(module_blank),$(module_comma),$(strip $(1)))");\n

# The folder's fragment is read after this file, so that what depends on it is expanded late.
.SECONDEXPANSION:

# module_rules NAME,FOLDER,SOURCES,OUTPUT FOLDER
define module_rules
$(BUILD)/obj/$(2)/%.o: $(2)/%.c $(settings)
	$$(call quiet,CC,$$@)mkdir -p $$(@D); \
	$$(CC) $$(TARGET_CFLAGS) -DMODULE -DKBUILD_MODNAME='"$(1)"' $$(include_module) -I$(2) -I$(2)/include \
		$$(patsubst %,-Imodules/%/include,$$($(1)-depends)) $$($(1)-cflags) -MMD -MP -c $$< -o $$@

$$(eval $$(call module_link,$(1),$(call objects,$(3)),$(4)))
endef

# module_link NAME,OBJECTS,OUTPUT FOLDER
define module_link
$(BUILD)/obj/$(3)/$(1).mod.c: modules/build.mk $(wildcard modules/$(1)/build.mk)
	@mkdir -p $$(@D); \
	printf '#include <kernel/module_descriptor.h>\n\nMODULE_DESCRIPTOR($(1));\n$$(call depends_line,$$($(1)-depends))' > $$@

$(BUILD)/obj/$(3)/$(1).mod.o: $(BUILD)/obj/$(3)/$(1).mod.c $(settings)
	@$$(CC) $$(TARGET_CFLAGS) -DMODULE -DKBUILD_MODNAME='"$(1)"' $$(include_module) -MMD -MP -c $$< -o $$@

$(BUILD)/$(3)/$(1).ko: $(2) $$$$($(1)-objects) $(BUILD)/obj/$(3)/$(1).mod.o
	$$(call quiet,MODULE,$$@)mkdir -p $$(@D); $$(LD) -r -z noexecstack -o $$@ $$^
	$$(if $$(filter modules,$(3)),$$(check_module))
endef

module_names := $(foreach folder,$(module_folders),$(call module_name,$(folder)))
module_files := $(module_names:%=$(BUILD)/modules/%.ko)

$(foreach folder,$(module_folders),$(eval $(call module_rules,$(call module_name,$(folder)),$(folder),$(call sources,$(folder),c),modules)))

.PHONY: modules
modules: $(module_files)
