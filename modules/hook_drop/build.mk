hook_drop-depends := hook_source
