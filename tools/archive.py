#!/usr/bin/env python3
"""Makes the archive that GRUB loads with the kernel: archive.py OUTPUT NAME=FILE...
(`-` alone: they stand on standard input, one a line.)

A cpio of the form newc with modules/ and, in it, the named files; modules.index, which has a line
`SYMBOL MODULE` for each symbol that a module exports; and modules.alias, which has a line `alias PATTERN
MODULE` for each device that a module claims. The same files give the same bytes.
"""
import os
import struct
import sys

from elf_exports import exports, information

REGULAR = 0o100644
FOLDER = 0o040755


def entry(inode, name, mode, data=b""):
    encoded = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return pad(head) + pad(data)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def indices(files):
    symbols, aliases = [], []
    for name, path in sorted(files.items()):
        if not name.endswith(".ko"):
            continue
        try:
            symbols += [f"{symbol} {name[:-3]}" for symbol in exports(path)]
            aliases += [f"alias {pattern} {name[:-3]}" for pattern in information(path, "alias")]
        except (ValueError, LookupError, OverflowError, struct.error) as error:
            # an odd file may be put in the image on purpose; it exports and claims nothing
            print(f"archive: {path}: exports not read: {error}", file=sys.stderr)
    return ["".join(line + "\n" for line in lines).encode() for lines in (symbols, aliases)]


def main():
    output = sys.argv[1]
    named = sys.argv[2:]
    if named == ["-"]:
        named = sys.stdin.read().splitlines()
    files = dict(line.split("=", 1) for line in named)
    parts = [entry(1, "modules", FOLDER)]
    for number, (name, path) in enumerate(sorted(files.items()), 2):
        with open(path, "rb") as file:
            parts.append(entry(number, "modules/" + name, REGULAR, file.read()))
    for name, lines in zip(("modules.index", "modules.alias"), indices(files)):
        parts.append(entry(len(parts) + 1, "modules/" + name, REGULAR, lines))
    parts.append(entry(0, "TRAILER!!!", 0))
    with open(output + ".new", "wb") as file:
        file.write(b"".join(parts))
    os.replace(output + ".new", output)


if __name__ == "__main__":
    main()
