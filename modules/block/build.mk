block-depends := terminal files io_buffer
