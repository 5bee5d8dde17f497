text-depends := files terminal
