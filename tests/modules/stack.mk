# What the usual options would refuse, or would find before the stack's end does.
big_frame-cflags := -Wno-frame-larger-than $(if $(target_is_clang),,-fno-stack-clash-protection)
deep_caller-depends := files hook_source
