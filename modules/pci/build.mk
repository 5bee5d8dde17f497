pci-depends := terminal
