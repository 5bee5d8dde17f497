# Every folder NAME here becomes NAME.ko: its objects, and a generated descriptor, linked into one
# relocatable file. A folder's own build.mk may say what its module is built with:
#   NAME-depends := OTHER...   the include/ of these modules may be used (its own always may)
#   NAME-cflags := FLAG...    further flags
#   NAME-objects := FILE.o...  further objects, made by a rule of that fragment
# Dashes and underscores in names are the same.

module_name = $(subst -,_,$(notdir $(1)))
module_folders := $(sort $(patsubst %/,%,$(dir $(wildcard modules/*/*.c))))
module_names := $(call module_name,$(module_folders))
module_files := $(module_names:%=$(BUILD)/modules/%.ko)

include $(sort $(wildcard modules/*/build.mk))

# of_module NAME,KIND: what the fragments say of it.
module_variables = $(filter %-depends %-cflags %-objects,$(.VARIABLES))
of_module = $(strip $(foreach variable,$(filter %-$(2),$(module_variables)), \
	$(if $(filter $(1),$(call module_name,$(patsubst %-$(2),%,$(variable)))),$($(variable)))))

depends_of = $(call module_name,$(call of_module,$(1),depends))
folder_of = $(strip $(foreach folder,$(module_folders),$(if $(filter $(1),$(call module_name,$(folder))),$(folder))))

# depends_line NAMES: what a module's .modinfo says of the modules it is built against; always there, as
# kmod's users expect.
module_comma := ,
module_empty :=
module_blank := $(module_empty) $(module_empty)
depends_line = MODULE_DEPENDS("$(subst $(module_blank),$(module_comma),$(strip $(1)))");\n

# module_flags NAME,INCLUDES
include_of = $(or $(patsubst %,-I%/include,$(call folder_of,$(2))),$(error $(1)-depends: $(2): no such module))
module_flags = -DMODULE -DKBUILD_MODNAME='"$(1)"' $(include_module) $(2) \
	$(foreach other,$(call depends_of,$(1)),$(call include_of,$(1),$(other))) $(call of_module,$(1),cflags)
compile_module = $(CC) $(TARGET_CFLAGS) $(call module_flags,$(1),$(2)) -MMD -MP -c $< -o $@

# module_objects NAME,FOLDER,INCLUDES,MADE WITH: objects of the C files below FOLDER.
define module_objects
$(BUILD)/obj/$(2)/%.o: $(2)/%.c $(settings) $(4)
	$$(call quiet,CC,$$@)mkdir -p $$(@D); $$(call compile_module,$(1),$(3))
endef

# module_link NAME,OBJECTS,OUTPUT FOLDER,INCLUDES: the module, and the record of what it is made with.
define module_link
made_with.$(3).$(1) = $$(call module_flags,$(1),$(4)) $(2) $$(call of_module,$(1),objects)
$$(eval $$(call record,$(BUILD)/obj/$(3)/$(1).made_with,made_with.$(3).$(1)))

$(BUILD)/obj/$(3)/$(1).mod.c: modules/build.mk $(BUILD)/obj/$(3)/$(1).made_with
	@mkdir -p $$(@D); \
	printf '#include <kernel/module_descriptor.h>\n\nMODULE_DESCRIPTOR($(1));\n$$(call depends_line,$$(call depends_of,$(1)))' > $$@

$(BUILD)/obj/$(3)/$(1).mod.o: $(BUILD)/obj/$(3)/$(1).mod.c $(settings)
	@$$(CC) $$(TARGET_CFLAGS) -DMODULE -DKBUILD_MODNAME='"$(1)"' $$(include_module) -MMD -MP -c $$< -o $$@

$(BUILD)/$(3)/$(1).ko: $(2) $$(call of_module,$(1),objects) $(BUILD)/obj/$(3)/$(1).mod.o $(link_settings)
	$$(call quiet,MODULE,$$@)mkdir -p $$(@D); $$(link_module)
	$$(if $$(filter modules,$(3)),$$(check_module))
endef

# module_rules NAME,FOLDER,SOURCES,OUTPUT FOLDER
define module_rules
$$(eval $$(call module_objects,$(1),$(2),-I$(2) -I$(2)/include,$(BUILD)/obj/$(4)/$(1).made_with))
$$(eval $$(call module_link,$(1),$(call objects,$(3)),$(4),-I$(2) -I$(2)/include))
endef

$(foreach folder,$(module_folders),$(eval $(call module_rules,$(call module_name,$(folder)),$(folder),$(call sources,$(folder),c),modules)))

# A module that was renamed leaves none behind.
strays = $(filter-out $(1:%=$(BUILD)/$(2)/%.ko),$(wildcard $(BUILD)/$(2)/*.ko))
module_strays = $(call strays,$(module_names),modules) $(call strays,$(module_names),stage)

.PHONY: modules module-strays
modules: $(module_files) module-strays
module-strays:
	$(if $(strip $(module_strays)),@rm -f $(module_strays))

# exports_check NAME,MODULES,OTHERS: NAME is made when no module uses a symbol that nothing exports: neither
# the kernel, nor one of MODULES or of OTHERS, which are not looked at themselves.
define exports_check
$(eval exported.$(1) = $(2) -- $(3))
$$(eval $$(call record,$(BUILD)/obj/$(1).listed,exported.$(1)))
$(BUILD)/obj/$(1): $(BUILD)/kernel.elf $(2) $(3) $(BUILD)/obj/$(1).listed tools/undefined.py tools/elf_exports.py
	@$(PYTHON) tools/undefined.py $(BUILD)/kernel.elf $(2) -- $(3) && touch $$@
endef

exports_checked := $(BUILD)/obj/exports_checked
$(eval $(call exports_check,exports_checked,$(module_files),))
