# The concurrent C11 code of lib/ under real threads and the thread sanitizer; each test_*.c is a
# program of its own.

race_flags := $(HOST_CFLAGS) -O2 -pthread -fsanitize=thread $(include_host) -Itests/race
race_names := $(patsubst tests/race/%.c,%,$(sort $(wildcard tests/race/test_*.c)))
race_shared := $(filter-out $(race_names:%=tests/race/%.c),$(wildcard tests/race/*.c))
race_tests := $(race_names:%=$(BUILD)/race/%)

race_text = $(CLANG) $(clang_version) $(race_flags) $(race_shared) $(lib_host_sources)
$(eval $(call record,$(BUILD)/race/made_with,race_text))

$(BUILD)/race/%.o: %.c $(BUILD)/race/made_with
	@mkdir -p $(@D); $(CLANG) $(race_flags) -MMD -MP -c $< -o $@

$(race_tests): $(BUILD)/race/%: $(BUILD)/race/tests/race/%.o $(race_shared:%.c=$(BUILD)/race/%.o) \
		$(lib_host_sources:%.c=$(BUILD)/race/%.o)
	$(call quiet,RACE,$@)$(CLANG) $(race_flags) -o $@ $^

# Randomized addresses can collide with the sanitizer's shadow; where they may be switched off, they are.
race_prefix = $(shell setarch -R true 2>/dev/null && echo setarch -R)
race_cases = $(foreach name,$(race_names),'race $(name)=$(race_prefix) $(BUILD)/race/$(name)')
