ticker-depends := files
