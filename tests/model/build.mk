# Models of the kernel's protocols, searched exhaustively by Spin; README.md tells how to add one.

model_command = $(PYTHON) tests/model/run.py $(BUILD)
extra_suites += $(call suite,model,$(model_command) quick)

.PHONY: model
#: make model      every interleaving of the modelled protocols, and the mistakes they must show
model:
	@$(model_command)
