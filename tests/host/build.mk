# Units of lib/ on the host, under the address and undefined-behaviour sanitizers. Each test_*.c is
# a program of its own; the other files here are shared by all of them.

host_flags := $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all $(include_host) -Itests/host
host_programs := $(patsubst tests/host/%.c,%,$(sort $(wildcard tests/host/test_*.c)))
host_shared := $(filter-out $(host_programs:%=tests/host/%.c),$(wildcard tests/host/*.c))
host_lib := $(patsubst %.c,$(BUILD)/host/%.o,$(lib_host_sources))
host_tests := $(host_programs:%=$(BUILD)/host/%)

host_text = $(HOSTCC) $(call version,$(HOSTCC) -dumpfullversion -dumpversion) $(host_flags) $(host_shared) $(host_lib)
$(eval $(call record,$(BUILD)/host/made_with,host_text))

$(BUILD)/host/%.o: %.c $(BUILD)/host/made_with
	@mkdir -p $(@D); $(HOSTCC) $(host_flags) -MMD -MP -c $< -o $@

$(host_tests): $(BUILD)/host/%: $(BUILD)/host/tests/host/%.o $(host_shared:%.c=$(BUILD)/host/%.o) $(host_lib)
	$(call quiet,HOST,$@)$(HOSTCC) $(host_flags) -o $@ $^

# What is nearly pure of kernel/mm is compiled into its tests; stand_in/ has what it lacks there.
$(BUILD)/host/tests/host/test_mm_%.o: host_flags += -Itests/host/stand_in -Ikernel

host_cases := $(foreach name,$(host_programs),'$(name)=$(BUILD)/host/$(name)')
