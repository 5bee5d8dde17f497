# It writes over what is the module's own.
terminal_fault-cflags := -Imodules/terminal
# It writes over what is the shell's own.
scribbles-cflags := -Imodules/shell
