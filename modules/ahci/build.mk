ahci-depends := pci block files io_buffer
