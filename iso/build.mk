# The boot image: GRUB, the kernel, the boot set (each a file that GRUB loads) and the archive with
# every module. What goes in is stripped of debug sections; build/modules keeps them.

boot_set_order := watchdog hook terminal files serial_console fb_console ps2_keyboard initrd fw_cfg power text sys procps pci shell
boot_set := $(filter $(module_names),$(boot_set_order))

stage := $(BUILD)/stage
staged_kernel := $(stage)/kernel.elf
staged_modules := $(module_names:%=$(stage)/%.ko)
staged_boot_set := $(boot_set:%=$(stage)/%.ko)
archive_modules := $(staged_modules) $(EXTRA_MODULES)

$(staged_kernel): $(BUILD)/kernel.elf $(link_settings)
	@mkdir -p $(@D); $(strip_for_image)

$(stage)/%.ko: $(BUILD)/modules/%.ko $(link_settings)
	@mkdir -p $(@D); $(strip_for_image)

# Other words or modules make another image.
image_settings := $(BUILD)/obj/image
image_text := $(value ARGS) | $(boot_set) | $(archive_modules)
$(eval $(call record,$(image_settings),image_text))

named = $(foreach file,$(1),$(notdir $(file))=$(file))

$(BUILD)/archive.cpio: $(archive_modules) $(image_settings) tools/archive.py tools/elf_exports.py
	$(call quiet,ARCHIVE,$@)$(PYTHON) tools/archive.py $@ $(call named,$(archive_modules))

$(BUILD)/tenon.iso: $(exports_checked) $(staged_kernel) $(staged_boot_set) $(BUILD)/archive.cpio $(image_settings) \
		iso/grub.cfg.in tools/iso
	$(call quiet,ISO,$@)tools/iso $@ $(call shell_quote,$(value ARGS)) $(staged_kernel) $(BUILD)/archive.cpio $(staged_boot_set)
