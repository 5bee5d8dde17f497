# Running under QEMU, by hand.

ovmf := $(firstword $(wildcard /usr/share/OVMF/OVMF_CODE.fd /usr/share/OVMF/OVMF_CODE_4M.fd))
comma := ,

disk_device.virtio := virtio-blk-pci
disk_device.nvme := nvme,serial=disk
disk_device.ahci := ich9-ahci,id=ahci -device ide-hd,bus=ahci.0
disk_device = $(disk_device.$(DISKBUS))

qemu = qemu-system-x86_64 -M $(MACHINE) -accel $(ACCEL) -cpu $(CPU) -smp $(SMP) -m $(MEM) \
	$(if $(filter uefi,$(FIRMWARE)),-drive if=pflash$(comma)format=raw$(comma)unit=0$(comma)readonly=on$(comma)file=$(ovmf)) \
	-cdrom $(BUILD)/tenon.iso -display $(if $(filter window,$(DISPLAY_MODE)),gtk,none) \
	$(if $(RC),-fw_cfg $(call shell_quote,name=opt/tenon/rc$(comma)file=$(subst $(comma),$(comma)$(comma),$(value RC)))) \
	$(if $(DISK),-device $(disk_device)$(comma)drive=disk \
	-drive $(call shell_quote,id=disk$(comma)if=none$(comma)format=raw$(comma)file=$(subst $(comma),$(comma)$(comma),$(value DISK)))) \
	-no-reboot

#: make run        boots in QEMU, shell on this terminal; SMP= MEM= FIRMWARE= DISPLAY_MODE= RC= ARGS= DISK=
run: $(BUILD)/tenon.iso
	@echo "The shell is on this terminal; poweroff, or Ctrl-A X, ends it."
	@$(qemu) -chardev stdio,id=terminal,mux=on,signal=off -serial chardev:terminal -mon chardev=terminal

#: make debug      boots stopped, gdb attached; the serial line goes to build/debug.log
debug: $(BUILD)/tenon.iso
	@gdb -q $(BUILD)/kernel.elf \
		-ex $(call shell_quote,target remote | exec $(qemu) -serial file:$(BUILD)/debug.log -S -gdb stdio) \
		-ex 'hbreak kernel_main' -ex 'echo The serial line is in $(BUILD)/debug.log; continue runs to kernel_main.\n'
