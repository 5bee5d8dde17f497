serial_console-depends := terminal
