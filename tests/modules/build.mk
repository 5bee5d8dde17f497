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
$$(eval $$(call module_link,$(1),$(BUILD)/obj/tests/modules/$(1).o,test-modules,-Itests/modules))
$(BUILD)/obj/tests/modules/$(1).o: tests/modules/$(1).c $(settings) $(BUILD)/obj/test-modules/$(1).made_with
	$$(call quiet,CC,$$@)mkdir -p $$(@D); $$(call compile_module,$(1),-Itests/modules)
endef

$(foreach file,$(test_module_files_c),$(eval $(call single_test_module,$(basename $(notdir $(file))))))
$(foreach folder,$(test_module_folders),$(eval $(call module_rules,$(call module_name,$(folder)),$(folder),$(call sources,$(folder),c),test-modules)))

$(BUILD)/test-stage/%.ko: $(BUILD)/test-modules/%.ko $(link_settings)
	@mkdir -p $(@D); $(strip_for_image)

# These are refused when they are loaded.
use_what_nothing_exports := undefined_symbol undefined_symbols undefined_many
$(eval $(call exports_check,test_exports_checked,$(filter-out $(use_what_nothing_exports:%=$(BUILD)/test-modules/%.ko),$(test_modules)),$(module_files)))

.PHONY: test-modules
test-modules: $(test_staged)
