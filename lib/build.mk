# lib/ becomes part of the kernel here; tests and tools compile the same files for the host.

lib_sources := $(call sources,lib,c)
lib_objects := $(call objects,$(lib_sources))
# What the host has itself is not built for it.
lib_host_sources := $(filter-out lib/libc/%,$(lib_sources))

$(eval $(call c_rule,lib,$(include_lib)))
