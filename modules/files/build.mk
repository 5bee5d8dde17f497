files-depends := terminal
