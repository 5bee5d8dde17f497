pci_edu-depends := pci
pci_wire-depends := pci
pci_claims-depends := pci
pci_refuses-depends := pci
