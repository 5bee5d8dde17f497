# Host programs that make uses. komod-check holds a module to the loader's own rules (it is made of
# the same files of lib/), so that what the kernel would refuse is told at build time.

komod_check_sources := $(wildcard tools/komod-check/*.c)
ifneq ($(komod_check_sources),)
komod_check := $(BUILD)/komod-check
check_module = @OBJDUMP=$(OBJDUMP) $(komod_check) $@ > /dev/null || { $(komod_check) $@ >&2; rm -f $@; exit 1; }

$(komod_check): $(komod_check_sources) $(lib_host_sources) $(call sources,lib/include,h)
	$(call quiet,HOSTCC,$@)mkdir -p $(@D); \
	$(HOSTCC) $(HOST_CFLAGS) $(include_host) -Itools/komod-check -o $@ $(filter %.c,$^)

$(module_files): | $(komod_check)
endif

#: make lint       format, layers, purity, static rules, size of the code
lint: $(kernel_parts) $(module_files)
	@PURE='$(pure_module_sources)' tools/lint $(BUILD) $(NM) $(OBJDUMP)
