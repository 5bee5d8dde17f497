# Host programs that make uses. komod-check holds a module to the loader's own rules (it is made of
# the same files of lib/), so that what the kernel would refuse is told at build time.

komod_check := $(BUILD)/komod-check
komod_check_sources := $(wildcard tools/komod-check/*.c) $(lib_host_sources)
make_komod_check = $(HOSTCC) $(HOST_CFLAGS) $(include_host) -Itools/komod-check -o $@ $(filter %.c,$^)
komod_check_text = $(make_komod_check) $(komod_check_sources)
check_module = @OBJDUMP=$(OBJDUMP) $(komod_check) $@ > /dev/null || { $(komod_check) $@ >&2; rm -f $@; exit 1; }

$(eval $(call record,$(BUILD)/obj/komod-check,komod_check_text))

$(komod_check): $(komod_check_sources) $(BUILD)/obj/komod-check \
		$(foreach folder,lib/include tools/komod-check modules,$(call sources,$(folder),h))
	$(call quiet,HOSTCC,$@)mkdir -p $(@D); $(make_komod_check)

$(module_files): | $(komod_check)

#: make lint       format, layers, purity, static rules, size of the code
lint: $(kernel_parts) $(module_files)
	@PURE='$(pure_module_sources)' tools/lint $(BUILD) $(NM) $(OBJDUMP)
