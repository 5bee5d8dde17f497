# The matrix: every kind of party meets every kind (README.md).

soak_command = $(PYTHON) tests/soak/run.py --build $(BUILD) $(if $(ONLY),--only $(call shell_quote,$(ONLY)))
short_soak = $(soak_command) --rounds 3 --jobs $(boot_jobs)
extra_suites += $(call suite,soak,$(short_soak))

.PHONY: soak test-soak
#: make soak       the matrix of parties that meet for MINUTES=10; SMP= ONLY=REGEX SEED=
soak: $(boot_image)
	@$(soak_command) --minutes $(MINUTES) --smp $(SMP) --seed $(SEED)

test-soak: $(boot_image)
	@$(short_soak)
