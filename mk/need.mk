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
need_lint := lint
need_fuzz := fuzz build
need_model := model
need_bench := bench
need_debug := debug
need_toolchain := toolchain
need_clean :=
need_help :=

goals := $(or $(MAKECMDGOALS),all)
needed := $(sort $(foreach goal,$(goals),$(if $(filter undefined,$(origin need_$(goal))),build,$(need_$(goal)))))
# With -n nothing is done, and so nothing is installed.
dry_run := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
ifneq ($(if $(dry_run),,$(needed)),)
ifneq ($(shell tools/need $(needed) >&2 && echo there),there)
$(error tools are missing)
endif
endif
