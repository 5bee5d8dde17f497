shell-depends := terminal
