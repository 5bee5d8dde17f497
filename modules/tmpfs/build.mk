tmpfs-depends := files
