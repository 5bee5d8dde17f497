"""What takes firmware's and GRUB's place in a boot test: see platform.py."""
