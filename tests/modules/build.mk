# Modules that only tests load, one behaviour each: NAME.c here, or a folder NAME with several files,
# becomes build/test-modules/NAME.ko. Some are wrong on purpose, so that the checker is not asked.
# NAME-depends and NAME-cflags, set in tests/modules/*.mk, are used as for modules/.

-include $(filter-out tests/modules/build.mk,$(wildcard tests/modules/*.mk))

test_module_files_c := $(sort $(wildcard tests/modules/*.c))
test_module_folders := $(sort $(patsubst %/,%,$(dir $(wildcard tests/modules/*/*.c))))
test_module_names := $(basename $(notdir $(test_module_files_c))) \
	$(foreach folder,$(test_module_folders),$(call module_name,$(folder))) $(guide_names)
test_modules := $(test_module_names:%=$(BUILD)/test-modules/%.ko)
test_staged := $(test_module_names:%=$(BUILD)/test-stage/%.ko)

# single_test_module NAME
define single_test_module
$(BUILD)/obj/tests/modules/$(1).o: tests/modules/$(1).c $(settings)
	$$(call quiet,CC,$$@)mkdir -p $$(@D); \
	$$(CC) $$(TARGET_CFLAGS) -DMODULE -DKBUILD_MODNAME='"$(1)"' $$(include_module) -Itests/modules \
		$$(patsubst %,-Imodules/%/include,$$($(1)-depends)) $$($(1)-cflags) -MMD -MP -c $$< -o $$@
endef

$(foreach file,$(test_module_files_c),$(eval $(call single_test_module,$(basename $(notdir $(file))))))
$(foreach file,$(test_module_files_c),$(eval $(call module_link,$(basename $(notdir $(file))),$(call objects,$(file)),test-modules)))
$(foreach folder,$(test_module_folders),$(eval $(call module_rules,$(call module_name,$(folder)),$(folder),$(call sources,$(folder),c),test-modules)))

$(BUILD)/test-stage/%.ko: $(BUILD)/test-modules/%.ko
	@mkdir -p $(@D); $(OBJCOPY) --strip-debug $< $@

.PHONY: test-modules
test-modules: $(test_staged)
