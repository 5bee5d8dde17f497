virtio-depends := pci io_buffer
