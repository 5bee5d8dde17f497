# A cross compiler of one's own; it stays when build/ is removed if PREFIX= says another place.

#: make toolchain  an x86_64-elf GCC and binutils from source packages, in build/toolchain or PREFIX=
toolchain:
	@tools/toolchain $(toolchain_prefix) $(BUILD)/toolchain-files
