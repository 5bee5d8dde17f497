# The listings of docs/guide.md are modules: the page is their source.

guide_names := $(shell sed -n 's|^/\* \(guide_[a-z]*\)\.c: .*|\1|p' docs/guide.md)
guide_headers := $(shell sed -n 's|^/\* \(guide_[a-z]*\.h\): .*|$(BUILD)/guide/\1|p' docs/guide.md)

guide_hook-depends := hook_source
hook_lost-depends := hook_source

$(BUILD)/guide/%: docs/guide.md tools/guide_block
	@mkdir -p $(@D); tools/guide_block $* < $< > $@

# guide_module NAME
define guide_module
$$(eval $$(call module_link,$(1),$(BUILD)/obj/guide/$(1).o,test-modules))
$(BUILD)/obj/guide/$(1).o: $(BUILD)/guide/$(1).c $(guide_headers) $(settings) $(BUILD)/obj/test-modules/$(1).made_with
	$$(call quiet,CC,$$@)mkdir -p $$(@D); $$(call compile_module,$(1))
endef

$(foreach name,$(guide_names),$(eval $(call guide_module,$(name))))
