virtio_blk-depends := pci virtio block files io_buffer
