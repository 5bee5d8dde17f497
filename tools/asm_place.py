#!/usr/bin/env python3
"""Makes an object of NASM's independent of where the tree lies: asm_place.py OBJECT, run at the root.

The debug information of such an object has one unit, whose text names the folder of the source by its
whole path. The root's part of that becomes `.`, as `-ffile-prefix-map` does it for C; what stands
behind it moves up, and so do the relocations there.
"""
import os
import struct
import sys

from elf_exports import sections

SHT_RELA = 4
RELA_SIZE = 24
SECTION_SIZE = 64
SIZE_IN_SECTION = 32


def subtract(data, form, offset, number):
    value, = struct.unpack_from(form, data, offset)
    struct.pack_into(form, data, offset, value - number)


def shorten(data, root):
    rows = sections(bytes(data))
    number, info = next((n, row) for n, row in enumerate(rows) if row["name"] == ".debug_info")
    start, end = info["offset"], info["offset"] + info["size"]
    place = data.find(b"\0" + root + b"/", start, end) + 1
    if place == 0:
        return
    surplus = len(root) - 1
    data[place:end] = b"." + data[place + len(root):end] + bytes(surplus)
    subtract(data, "<I", start, surplus)
    table, = struct.unpack_from("<Q", data, 0x28)
    subtract(data, "<Q", table + number * SECTION_SIZE + SIZE_IN_SECTION, surplus)
    for row in rows:
        if row["type"] == SHT_RELA and row["info"] == number:
            for entry in range(row["offset"], row["offset"] + row["size"], RELA_SIZE):
                if struct.unpack_from("<Q", data, entry)[0] > place - start:
                    subtract(data, "<Q", entry, surplus)


def main():
    with open(sys.argv[1], "r+b") as file:
        data = bytearray(file.read())
        shorten(data, os.fsencode(os.getcwd()))
        file.seek(0)
        file.write(data)


if __name__ == "__main__":
    main()
