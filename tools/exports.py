#!/usr/bin/env python3
"""What the kernel exports, as assembly: exports.py HEADER... < `nm` of the kernel.

Exported is each global symbol that the code of one of the headers names: what a module can write, it can
link to. The names of structures and the like are no symbols. The table is made of struct module_export
{value, name, flags}, with a symbol export_NAME at each, as EXPORT_SYMBOL makes them. Without headers: an
empty table.
"""
import re
import sys

NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\b(?:struct|enum|union)\s+\w+', re.DOTALL)


def named(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r"[A-Za-z_]\w*", NOT_CODE.sub(" ", file.read()))


def symbols(lines):
    """Of the linker's own constants there is one that a header names: __this_module, which no module gets."""
    fields = (line.split() for line in lines)
    return {each[2] for each in fields if len(each) == 3 and each[1] in "TDBRVW"}


def main():
    words = {word for path in sys.argv[1:] for word in named(path)}
    names = sorted(words & symbols(sys.stdin)) if words else []
    print("section .tenon.exports progbits alloc noexec nowrite align=8")
    for name in names:
        print(f"extern ${name}\nexport_{name}: dq ${name}, text_{name}, 0")
    print("section .rodata.exports progbits alloc noexec nowrite align=1")
    for name in names:
        print(f"text_{name}: db '{name}', 0")


main()
