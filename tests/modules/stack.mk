# What the usual options would refuse, or would find before the stack's end does.
big_frame-cflags := -fno-stack-clash-protection -Wno-frame-larger-than
