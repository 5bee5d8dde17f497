consumer-depends := provider
