# The matrix: every kind of party meets every kind (README.md).

soak_command = $(PYTHON) tests/soak/run.py --build $(BUILD) --jobs $(boot_jobs) \
	$(if $(ONLY),--only $(call shell_quote,$(ONLY)))
extra_suites += $(call suite,soak,$(soak_command) --rounds 3)

.PHONY: soak test-soak
#: make soak       the matrix of parties that meet for MINUTES=10; SMP= ONLY=REGEX SEED=
soak: $(boot_image)
	@$(soak_command) --minutes $(MINUTES) --smp $(SMP) --seed $(SEED)

test-soak: $(boot_image)
	@$(soak_command) --rounds 3
