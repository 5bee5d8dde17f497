counter-depends := files
