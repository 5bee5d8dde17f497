hook_source-depends := hook_source
