hook_count-depends := hook_source
