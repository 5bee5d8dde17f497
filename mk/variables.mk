# What may be set on the command line. A value that cannot be meant is refused before anything is done;
# tools/refuse knows what can.

ifneq ($(filter 3.% 4.0% 4.1%,$(MAKE_VERSION)),)
$(error GNU make 4.2 or newer is needed, this is $(MAKE_VERSION))
endif

goals := $(or $(MAKECMDGOALS),all)

run_variables := SMP MEM FIRMWARE DISPLAY_MODE RC CPU MACHINE ACCEL SHARE DISK DISKBUS NIC FORWARD
build_variables := ARGS EXTRA_MODULES BUILD OPTIMIZE CROSS CC LD NM OBJCOPY OBJDUMP SIZE NASM HOSTCC CLANG PYTHON
goal_variables := SECONDS MINUTES SEED ONLY PREFIX boot_jobs

# Of the environment only what the goals use is looked at: names as these may be meant for others there.
typed = $(foreach name,$(1),$(if $(findstring command,$(origin $(name))),$(name)))
inherited = $(foreach name,$(1),$(if $(findstring environment,$(origin $(name))),$(name)))
looked_at := $(sort BUILD $(call typed,$(run_variables) $(build_variables) $(goal_variables)) \
	$(call inherited,ARGS EXTRA_MODULES OPTIMIZE CROSS CC HOSTCC CLANG PYTHON) \
	$(if $(filter run debug,$(goals)),$(call inherited,$(run_variables))) \
	$(if $(filter fuzz,$(goals)),SECONDS) \
	$(if $(filter soak,$(goals)),SMP MINUTES SEED))

# What a make above this one was given is its own affair.
ifeq ($(MAKELEVEL),0)
unknown := $(filter-out $(run_variables) $(build_variables) $(goal_variables) %-cflags %-depends %-objects \
	SHELL MAKE% -*-%,$(call typed,$(.VARIABLES)))
endif

ifneq ($(filter-out help,$(goals)),)
refused := $(shell tools/refuse $(call shell_quote,$(goals)) $(call shell_quote,$(unknown)) \
	$(foreach name,$(looked_at),$(call shell_quote,$(name)=$(value $(name)))))
ifneq ($(refused),)
$(error $(refused))
endif
endif

# With -n and -q nothing is done.
dry_run := $(strip $(foreach letter,n q,$(findstring $(letter),$(filter-out --%,$(firstword -$(MAKEFLAGS))))))
