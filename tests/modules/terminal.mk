# It writes over what is the module's own.
terminal_fault-cflags := -Imodules/terminal
