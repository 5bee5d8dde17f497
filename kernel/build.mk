# kernel.elf is linked twice. From the first link two tables are made, of the names of its functions,
# for backtraces, and of what it exports; they stand in read-only data of the second. Text precedes
# them, so that no function moves.

kernel_objects := $(call objects,$(call sources,kernel,c)) $(patsubst %.o,%.asm.o,$(call objects,$(call sources,kernel,asm)))
kernel_parts := $(boot_objects) $(kernel_objects) $(lib_objects)

$(eval $(call c_rule,kernel,-DKBUILD_MODNAME='"kernel"' $(include_kernel)))

# An .asm file may stand beside a .c file of the same name.
$(BUILD)/obj/kernel/%.asm.o: kernel/%.asm $(settings) tools/asm_place.py
	$(call quiet,NASM,$@)mkdir -p $(@D); $(assemble)

$(BUILD)/obj/symbols.%.o: $(BUILD)/obj/symbols.%.asm $(settings)
	@$(NASM) -felf64 $< -o $@

$(BUILD)/obj/symbols.none.asm: tools/symbols.py
	@mkdir -p $(@D); $(PYTHON) $< < /dev/null > $@

$(BUILD)/obj/symbols.all.asm: $(BUILD)/obj/kernel.first.elf tools/symbols.py
	@$(NM) $< | $(PYTHON) tools/symbols.py > $@

# What a module's code can name, it can link to: the headers that it sees, but for those of modules.
exporting := $(sort $(wildcard kernel/include/kernel/*.h lib/include/lib/*.h lib/libc/include/*.h))
$(eval $(call record,$(BUILD)/obj/exporting,exporting))

$(BUILD)/obj/exports.%.o: $(BUILD)/obj/exports.%.asm $(settings)
	@$(NASM) -felf64 $< -o $@

$(BUILD)/obj/exports.none.asm: tools/exports.py
	@mkdir -p $(@D); $(PYTHON) $< < /dev/null > $@

$(BUILD)/obj/exports.all.asm: $(BUILD)/obj/kernel.first.elf tools/exports.py $(exporting) $(BUILD)/obj/exporting
	@$(NM) $< | $(PYTHON) tools/exports.py $(exporting) > $@

# So that a source file that is removed leaves the kernel.
$(eval $(call record,$(BUILD)/obj/kernel.parts,kernel_parts))
link_with := linker.ld $(kernel_parts) $(link_settings) $(BUILD)/obj/kernel.parts

$(BUILD)/obj/kernel.first.elf: $(link_with) $(BUILD)/obj/symbols.none.o $(BUILD)/obj/exports.none.o
	$(call quiet,LD,$@)$(link_kernel)

$(BUILD)/kernel.elf: $(link_with) $(BUILD)/obj/symbols.all.o $(BUILD)/obj/exports.all.o
	$(call quiet,LD,$@)$(link_kernel)
	@$(NM) $@ | $(PYTHON) tools/symbols.py | cmp -s - $(BUILD)/obj/symbols.all.asm || \
		{ echo "$@: functions moved between the two links" >&2; rm -f $@; exit 1; }
	@$(SIZE) $@ | awk 'NR == 2 { printf "  kernel: text and read-only data %d bytes, data %d, bss %d\n", $$1, $$2, $$3 }'
