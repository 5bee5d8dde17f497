# Before anything else: the tools of the wanted targets are there (tools/need installs what is not).
# It is looked at while the makefile is read, since the choice of a compiler below depends on it.

need_all := build
need_run := run $(if $(filter window,$(DISPLAY_MODE)),window)
need_test := test
need_test-quick := test
need_test-host := host build
need_test-fuzz := fuzz build
need_test-race := fuzz build
need_test-boot := run
need_test-soak := run
need_soak := run
need_lint := lint
need_fuzz := fuzz build
need_model := model
need_bench := bench
need_debug := debug
# Of the environment PREFIX is not taken: there the name is common, and means another place.
toolchain_prefix = $(if $(findstring command,$(origin PREFIX)),$(PREFIX),$(BUILD)/toolchain)
need_toolchain := $(if $(and $(wildcard $(toolchain_prefix)/bin/x86_64-elf-ld), \
	$(wildcard $(toolchain_prefix)/bin/x86_64-elf-gcc)),,toolchain)
need_clean :=
need_help :=

need_test-build := build

# gcc and clang are asked for by name, so that they can be installed.
by_name := $(filter gcc clang,$(CC) $(HOSTCC))
needed := $(sort $(by_name) $(foreach goal,$(goals),$(if $(filter undefined,$(origin need_$(goal))),build,$(need_$(goal)))))
ifneq ($(if $(dry_run)$(filter clean help,$(goals)),,$(needed)),)
missing := $(shell tools/need $(needed))
ifneq ($(missing),)
$(error $(missing))
endif
endif
