# Which compiler builds the kernel and its modules, and with what. The host's programs (tests, tools)
# are always built by HOSTCC, and fuzzers by CLANG.

have = $(shell command -v $(1) 2>/dev/null)

ifneq ($(filter-out default undefined,$(origin CC)),)
chosen := $(CC)
endif
ifeq ($(chosen)$(CROSS),)
CROSS := $(if $(call have,x86_64-elf-gcc),x86_64-elf-)
endif
ifeq ($(chosen),)
chosen := $(if $(call have,$(CROSS)gcc),$(CROSS)gcc,clang)
endif
override CC := $(chosen)
LD := $(CROSS)ld
NM := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
OBJDUMP := $(CROSS)objdump
SIZE := $(CROSS)size
NASM := nasm
HOSTCC ?= $(if $(call have,gcc),gcc,clang)
CLANG ?= clang
PYTHON ?= python3
clang_version := $(shell $(CLANG) -dumpversion 2>/dev/null)

# OPTIMIZE=-O0 or -Os builds the same tree, modules included.
OPTIMIZE ?= -O2

target_is_clang := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null | head -n 1)),yes)
target_flags := $(if $(target_is_clang),--target=x86_64-unknown-none-elf)
compiler_headers := $(shell $(CC) -print-file-name=include)

# Objects name their sources from the root of the tree, so that they are the same wherever it lies.
place_flags := -ffile-prefix-map=$(call shell_quote,$(CURDIR))=.

warning_flags := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	-Wno-unused-parameter -Wvla

# Clang knows the first for its hosts only; its inner program has it for every target.
stack_flags := $(if $(target_is_clang),-Xclang) -fstack-clash-protection -Wframe-larger-than=2048

TARGET_CFLAGS := $(target_flags) -std=gnu11 -ffreestanding -mcmodel=kernel -fno-pic -fno-pie \
	-mno-red-zone -mgeneral-regs-only -fno-omit-frame-pointer -fno-common -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none \
	-fno-jump-tables $(stack_flags) \
	$(OPTIMIZE) -g $(place_flags) $(warning_flags) -nostdinc -isystem $(compiler_headers)
HOST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(warning_flags)
