power-depends := terminal
