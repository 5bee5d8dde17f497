# Tenon's targets. What is built, and how, stands in the fragments: mk/ has the rules that all share,
# each folder's build.mk names what that folder yields. `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

BUILD ?= build
SMP ?= 4
MEM ?= 256M
FIRMWARE ?= bios
DISPLAY_MODE ?= none
RC ?=
DISK ?=
DISKBUS ?= virtio
ARGS ?=
EXTRA_MODULES ?=
ACCEL ?= tcg,thread=multi
MACHINE ?= q35
CPU ?= max
SECONDS ?= 60
MINUTES ?= 10
SEED ?= 1
ONLY ?=

shell_quote = '$(subst ','\'',$(1))'

include mk/variables.mk
include mk/need.mk
include mk/compiler.mk
include mk/rules.mk
include lib/build.mk boot/build.mk kernel/build.mk modules/build.mk tools/build.mk iso/build.mk
include tests/host/build.mk tests/fuzz/build.mk tests/race/build.mk tests/modules/build.mk
include tests/boot/build.mk tests/soak/build.mk tests/code/build.mk $(wildcard tests/model/build.mk bench/build.mk) tests/build.mk
include mk/run.mk
include mk/toolchain.mk

.PHONY: all run debug test test-quick lint fuzz bench toolchain clean help

all: $(BUILD)/kernel.elf modules $(exports_checked) $(BUILD)/tenon.iso

help:
	@sed -n 's/^#: \{0,1\}//p' $(filter-out Makefile %.d,$(MAKEFILE_LIST)) Makefile

#: make            build/kernel.elf, build/modules/NAME.ko, build/tenon.iso
#: make bench      against Linux: a table, build/bench.json, build/bench.html; ONLY=NAME for one figure
bench: all
	@$(PYTHON) bench/run.py --build $(BUILD) $(if $(ONLY),--only $(call shell_quote,$(ONLY)))

#: make clean      remove build/
clean:
	rm -rf $(BUILD)
	$(if $(filter-out clean,$(goals)),@mkdir -p $(BUILD); : > $(mark))

#:
#: for run, debug: SMP=4 MEM=256M FIRMWARE=bios|uefi DISPLAY_MODE=none|window RC=FILE
#:                 DISK=FILE (a raw image) DISKBUS=virtio|nvme|ahci CPU=max MACHINE=q35 ACCEL=tcg,thread=multi
#: for all:        ARGS="WORD..." to the kernel, EXTRA_MODULES="FILE.ko..." into the image,
#:                 BUILD=build OPTIMIZE=-O2 CROSS=x86_64-elf- CC=gcc (LD= NM= OBJCOPY= likewise)

# By this file a build folder is known: no other is removed, or built in.
mark := $(BUILD)/.tenon
ifeq ($(dry_run)$(filter clean help,$(goals))$(wildcard $(mark)),)
$(shell mkdir -p $(BUILD) && : > $(mark))
endif

-include $(shell find $(addprefix $(BUILD)/,obj host fuzz race) -name '*.d' 2>/dev/null)
