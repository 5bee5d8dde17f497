"""Linkers other than GNU's."""
import shutil

from tree import Failure

LLVM = ("CC=clang", "LD=ld.lld", "NM=llvm-nm", "OBJCOPY=llvm-objcopy")


def test_llvm_s_tools_build_the_tree(trees):
    """Or it is said in one line that they are not there."""
    if not shutil.which("ld.lld"):
        trees.new().make(*LLVM).refuses("ld.lld")
        return
    tree = trees.new()
    tree.make("-j2", *LLVM, "build/stage/kernel.elf", "build/stage/hello.ko").succeeds()
    if b"LLD" not in tree.read("build/obj/link"):
        raise Failure("another linker was used")
