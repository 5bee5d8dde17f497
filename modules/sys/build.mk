sys-depends := files
