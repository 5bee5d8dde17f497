block_user-depends := block files io_buffer
