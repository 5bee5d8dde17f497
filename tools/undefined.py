#!/usr/bin/env python3
"""Refuses modules that use a symbol which nothing exports: undefined.py KERNEL MODULE... [-- OTHER...]

A symbol may be exported by the kernel, by another MODULE or by an OTHER, which is not looked at itself. Each
that is not is a line on standard error, in the words of the loader (modules/shell/exporters.c), with the
nearest name that is exported and where; the status is 1 then.
"""
import struct
import sys

from elf_exports import exports, sections, text

SYMBOL_SIZE = 24
SYMTAB = 2
GLOBAL = 1
LONGEST = 80  # of longer names none is near


def symbols(path):
    """(name, binding, section, value) of each symbol."""
    with open(path, "rb") as file:
        data = file.read()
    rows = sections(data)
    for table in (row for row in rows if row["type"] == SYMTAB):
        names = rows[table["link"]]["offset"]
        for at in range(table["offset"], table["offset"] + table["size"], SYMBOL_SIZE):
            name, info, _, section, value = struct.unpack_from("<IBBHQ", data, at)
            yield text(data, names + name), info >> 4, section, value


def kernel_exports(path):
    """tools/exports.py makes export_NAME in the section between these two symbols."""
    found = {name: value for name, _, section, value in symbols(path) if section}
    start, end = found["__exports_start"], found["__exports_end"]
    return [name.removeprefix("export_") for name, value in found.items()
            if name.startswith("export_") and start <= value < end]


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            before, row[j] = row[j], min(before + (left != right), row[j - 1] + 1, row[j] + 1)
    return row[-1]


def nearest(name, owners):
    reach = min(len(name) // 3, 3)
    near = [(distance(name, other), other) for other in owners
            if len(other) <= LONGEST and abs(len(other) - len(name)) <= reach]
    best = min(near, default=(reach + 1, ""))
    if len(name) > LONGEST or best[0] > reach:
        return ""
    return f"; the nearest name is {best[1]}, of {owners[best[1]]}"


def module_name(path):
    return path.rsplit("/", 1)[-1].removesuffix(".ko")


def main():
    kernel, *modules = sys.argv[1:]
    end = modules.index("--") if "--" in modules else len(modules)
    owners = {}
    for path in modules[:end] + modules[end + 1:]:
        owners.update(dict.fromkeys(exports(path), module_name(path)))
    owners.update(dict.fromkeys(kernel_exports(kernel), "the kernel"))
    status = 0
    for path in modules[:end]:
        undefined = {name for name, binding, section, _ in symbols(path)
                     if name and section == 0 and binding == GLOBAL and name != "__this_module"}
        for name in sorted(undefined - owners.keys()):
            print(f"{path}: undefined symbol {name}: nothing exports it{nearest(name, owners)}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
