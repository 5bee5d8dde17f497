"""The same sources give the same bytes, wherever the tree lies and whenever it is built."""
import os

from tree import Failure

YIELD = ("kernel.elf", "archive.cpio", "tenon.iso")


def results(tree):
    names = [*YIELD, *(f"modules/{name}" for name in sorted(os.listdir(tree.path("build/modules"))))]
    return {name: tree.read(f"build/{name}") for name in names}


def compare(one, other):
    if one.keys() != other.keys():
        raise Failure(f"other files: {sorted(one.keys() ^ other.keys())}")
    different = [name for name in one if one[name] != other[name]]
    if different:
        raise Failure(f"other bytes: {', '.join(different)}")


def test_same_bytes_in_another_folder(trees):
    """The folder has a blank in its name, and is as deep as no other."""
    first, second = trees.new(built=True), trees.new(name="another tree/below")
    first.make("-j2").succeeds()
    second.make("-j2").succeeds()
    compare(results(first), results(second))
