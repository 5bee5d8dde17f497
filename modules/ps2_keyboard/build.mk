ps2_keyboard-depends := terminal
