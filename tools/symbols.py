#!/usr/bin/env python3
"""Reads `nm` of the kernel on standard input, prints its function table as assembly.

struct kernel_symbol { u32 offset; u32 name; } kernel_symbols[kernel_symbol_count], ordered by
offset from __text_start; name is an offset in kernel_symbol_names, where the type T or t stands before
the name. Without input: an empty table.
"""
import sys


def functions(lines):
    start = end = 0
    found = {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == "__text_start":
            start = address
        elif name == "__text_end":
            end = address
        elif kind in "tT" and not name.startswith((".L", "__text_")):
            found.setdefault(address, []).append((kind, name))
    return [(address - start, kind + name) for address in sorted(found) if start <= address < end
            for kind, name in names_of(found[address])]


def names_of(names):
    """Of several names for one address the global ones, the first of them last; else the first."""
    return [each for each in names if each[0] == "T"][::-1] or names[:1]


def main():
    table = [] if sys.stdin.isatty() else functions(sys.stdin)
    print("section .rodata.symbols progbits alloc noexec nowrite align=4")
    print("global kernel_symbols, kernel_symbol_count, kernel_symbol_names")
    print("kernel_symbol_count: dd", len(table))
    print("kernel_symbols:")
    position = 0
    for offset, name in table:
        print(f"\tdd {offset:#x}, {position:#x}")
        position += len(name) + 1
    print("kernel_symbol_names:")
    for _, name in table:
        print(f"\tdb '{name}', 0")
    print("\tdb 0")


main()
