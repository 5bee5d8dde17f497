"""Good modules under other names: copies of a test module with name and dependency written over."""
import os

import hostile
from stored import stored

BUILD = os.environ["TENON_BUILD"]


def named(name, file_name):
    """A good module that says that it is called @name."""
    with open(os.path.join(BUILD, "test-stage/empty.ko"), "rb") as file:
        elf = hostile.Elf(file.read())
    at = elf.get(elf.find(".tenon.module"), "offset") + 16
    elf.data[at:at + 56] = name.encode().ljust(56, b"\0")
    return {file_name: stored(elf.data)}


def needing(needs):
    """For each name in @needs a module that needs the one it is mapped to."""
    with open(os.path.join(BUILD, "test-stage/depends_missing.ko"), "rb") as file:
        good = hostile.Elf(file.read())
    descriptor = good.get(good.find(".tenon.module"), "offset") + 16
    depends = good.data.index(b"depends=no_such_module\0") + 8
    rows = {}
    for name, needed in needs.items():
        elf = good.copy()
        elf.data[descriptor:descriptor + 56] = name.encode().ljust(56, b"\0")
        elf.data[depends:depends + 14] = needed.encode().ljust(14, b"\0")
        rows[f"{name}.ko"] = stored(elf.data)
    return rows


def chain(count, last, name="chain_link"):
    """Modules NAME_000 to the last, each of which needs the next one; the last needs @last."""
    names = [f"{name}_{i:03}" for i in range(count)]
    return needing(dict(zip(names, names[1:] + [last])))
