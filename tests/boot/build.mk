# Boot tests: QEMU, lines to type, lines to expect. What they boot is staged here, and modules built
# by other compilers and at other levels of optimization, which must load as well.

# What /modules holds in tests, a line each: `modules FILE` for the usual ones, `tests FILE`.
boot_list := $(BUILD)/test-files
boot_image := $(exports_checked) $(BUILD)/obj/test_exports_checked $(staged_kernel) $(staged_modules) $(test_staged) $(boot_list)

$(boot_list): changed
	@mkdir -p $(@D); printf '%s\n' $(staged_modules:%='modules %') $(test_staged:%='tests %') > $@

boot_jobs ?= 2
boot_command = $(PYTHON) tests/boot/run.py --build $(BUILD) --jobs $(boot_jobs) \
	$(if $(ONLY),--only $(call shell_quote,$(ONLY)))

matrix_compilers := $(sort $(filter gcc clang,$(notdir $(foreach name,gcc clang,$(call have,$(name))))))
matrix := $(foreach name,$(matrix_compilers),$(foreach level,O0 O2 Os,$(name)-$(level)))

.PHONY: boot-image
boot-image: $(boot_image)

# The same modules by another compiler: a build of its own, in a folder of its own. By clang also the
# kernel, which boots then (Config.build).
matrix_goals = $(if $(filter clang-O2,$(1)),boot-image,modules test-modules)
.PHONY: $(matrix:%=matrix-%)
$(matrix:%=matrix-%): matrix-%:
	+@mkdir -p $(BUILD); $(MAKE) BUILD=$(BUILD)/matrix/$* CC=$(firstword $(subst -, ,$*)) CROSS= \
		OPTIMIZE=-$(lastword $(subst -, ,$*)) $(call matrix_goals,$*) > $(BUILD)/matrix-$*.log 2>&1 || \
		{ cat $(BUILD)/matrix-$*.log >&2; exit 1; }

.PHONY: test-matrix
test-matrix: $(matrix:%=matrix-%)
