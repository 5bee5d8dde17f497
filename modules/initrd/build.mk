initrd-depends := files
