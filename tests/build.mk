# What `make test` runs: suites, one after the other, added up by tests/run.py.

suite = $(call shell_quote,$(1)=$(2))
cases = $(PYTHON) tests/cases.py

build_command = $(PYTHON) tests/build/run.py $(BUILD) $(if $(ONLY),$(call shell_quote,$(ONLY)))

.PHONY: test test-quick test-build test-host test-code test-fuzz test-race test-boot

#: make test       every test; ONLY=REGEX for some of the boot tests
test: all $(host_tests) $(code_objects) $(fuzzers) fuzz-seeds $(race_tests) $(boot_image) test-matrix
	@$(PYTHON) tests/run.py \
		$(call suite,host,$(cases) $(host_cases)) \
		$(call suite,code,$(cases) $(code_cases)) \
		$(call suite,fuzz,$(cases) $(fuzz_cases)) \
		$(call suite,race,$(cases) $(race_cases)) \
		$(call suite,runner,$(PYTHON) tests/boot/self/run.py $(BUILD)) \
		$(call suite,build,$(PYTHON) tests/build/run.py $(BUILD)) \
		$(extra_suites) \
		$(call suite,boot,$(boot_command))

#: make test-quick the host's tests and a few boots
test-quick: $(host_tests) $(boot_image)
	@$(PYTHON) tests/run.py \
		$(call suite,host,$(cases) $(host_cases)) \
		$(call suite,boot,$(boot_command) --quick)

test-build: all
	@$(build_command)

test-host: $(host_tests)
	@$(cases) $(host_cases)

test-code: $(code_objects)
	@$(cases) $(code_cases)

test-fuzz: $(fuzzers) fuzz-seeds
	@$(cases) $(fuzz_cases)

test-race: $(race_tests)
	@$(cases) $(race_cases)

test-boot: $(boot_image)
	@$(boot_command)
