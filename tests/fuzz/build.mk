# Fuzzers of everything that parses, each fuzz_NAME.c one. tests/fuzz/corpus/NAME holds inputs worth
# keeping; modules that were built are seeds of those that read ELF files.

fuzz_flags := -std=gnu11 -O1 -g $(warning_flags) $(include_host) -Itests/fuzz \
	-fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_names := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz_shared := $(filter-out $(fuzz_names:%=tests/fuzz/fuzz_%.c),$(wildcard tests/fuzz/*.c))
fuzzers := $(fuzz_names:%=$(BUILD)/fuzz/%)
fuzz_lib := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(lib_host_sources))
fuzz_runs := 200000

fuzz_text = $(CLANG) $(clang_version) $(fuzz_flags) $(fuzz_shared) $(fuzz_lib)
$(eval $(call record,$(BUILD)/fuzz/made_with,fuzz_text))

$(BUILD)/fuzz/obj/%.o: %.c $(BUILD)/fuzz/made_with
	@mkdir -p $(@D); $(CLANG) $(fuzz_flags) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(fuzzers): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o \
		$(fuzz_shared:%.c=$(BUILD)/fuzz/obj/%.o) $(fuzz_lib)
	$(call quiet,FUZZER,$@)$(CLANG) $(fuzz_flags) -fsanitize=fuzzer -o $@ $^

# Seeds that are not kept because they are built: the modules, for fuzzers of ELF files.
.PHONY: fuzz-seeds
fuzz-seeds: $(module_files)
	@rm -rf $(BUILD)/fuzz/seeds; mkdir -p $(BUILD)/fuzz/seeds; cp $(module_files) $(BUILD)/fuzz/seeds/

fuzz_replay = tests/fuzz/replay $(BUILD)/fuzz $(1) $(fuzz_runs)
fuzz_cases = $(foreach name,$(fuzz_names),'fuzz $(name)=$(call fuzz_replay,$(name))')

#: make fuzz       fuzzes each parser for SECONDS=60; ONLY=NAME for one
fuzz_chosen := $(or $(ONLY),$(fuzz_names))
ifneq ($(if $(filter fuzz,$(goals)),$(filter-out $(fuzz_names),$(fuzz_chosen))),)
$(error ONLY=$(ONLY): there is no such fuzzer; there are $(fuzz_names))
endif

fuzz: $(fuzz_chosen:%=$(BUILD)/fuzz/%) fuzz-seeds
	@for name in $(fuzz_chosen); do \
		tests/fuzz/explore $(BUILD)/fuzz $$name $(SECONDS) || exit 1; \
	done
