"""After a change `make` yields what a build from nothing would yield."""
import os
import shutil

from tree import Failure


def from_nothing(tree, target, *folders):
    """@target as it is made now, and made again without what @folders and the target's own hold."""
    tree.make(target).succeeds()
    now = tree.read(target)
    for folder in folders:
        shutil.rmtree(tree.path(folder))
    os.remove(tree.path(target))
    tree.make(target).succeeds()
    if tree.read(target) != now:
        raise Failure(f"{target}: a build from nothing gives other bytes")
    return now


def is_due(tree, target):
    tree.make("-q", target).wants(tree.make("-q", target).status == 1, "taken to be up to date")


def is_there(tree, *targets):
    for target in targets:
        tree.make("-q", target).wants(tree.make("-q", target).status == 0, "taken to be out of date")


def symbols(tree, path):
    return {line.split()[-1] for line in tree.run("nm", path).succeeds().out.splitlines()}


def test_a_tree_that_is_moved_is_still_built(trees):
    is_there(trees.new(built=True), "all")


def test_other_flags_of_a_module(trees):
    tree = trees.new(built=True)
    before = tree.read("build/modules/hello.ko")
    tree.write("modules/hello/build.mk", "hello-cflags := -O0\n")
    after = from_nothing(tree, "build/modules/hello.ko", "build/obj/modules/hello")
    if after == before:
        raise Failure("the flags had no effect")
    is_there(tree, "build/modules/counter.ko")
    os.remove(tree.path("modules/hello/build.mk"))
    if from_nothing(tree, "build/modules/hello.ko", "build/obj/modules/hello") != before:
        raise Failure("the flags stay when they are taken away")


def test_a_dependency_taken_away(trees):
    """What is included comes from it, so that nothing can be built any more; or only its name goes."""
    tree = trees.new(built=True)
    os.remove(tree.path("modules/consumer/build.mk"))
    tree.make("build/modules/consumer.ko").wants(
        tree.make("build/modules/consumer.ko").status == 2, "built without its header")
    tree.write("modules/hello/build.mk", "hello-depends := provider\n")
    tree.make("build/modules/hello.ko").succeeds()
    os.remove(tree.path("modules/hello/build.mk"))
    if b"depends=provider" in from_nothing(tree, "build/modules/hello.ko", "build/obj/modules/hello"):
        raise Failure("the module still names it")


def test_a_source_file_removed(trees):
    """Of a module, and of the kernel."""
    for folder, target in ("modules/hello", "build/modules/hello.ko"), ("kernel/core", "build/kernel.elf"):
        tree = trees.new(built=True)
        tree.write(f"{folder}/extra.c", "int soon_gone(void);\nint soon_gone(void)\n{\n\treturn 1;\n}\n")
        tree.make(target).succeeds()
        if "soon_gone" not in symbols(tree, target):
            raise Failure(f"{target}: the new file is not in it")
        os.remove(tree.path(folder, "extra.c"))
        tree.make(target).succeeds()
        if "soon_gone" in symbols(tree, target):
            raise Failure(f"{target}: the removed file is still in it")


def test_a_module_renamed(trees):
    tree = trees.new(built=True)
    os.rename(tree.path("modules/hello"), tree.path("modules/hallo"))
    tree.make().succeeds()
    for folder in "build/modules", "build/stage":
        names = os.listdir(tree.path(folder))
        if "hello.ko" in names or "hallo.ko" not in names:
            raise Failure(f"{folder}: {names}")
    if b"0modules/hello.ko\0" in tree.read("build/archive.cpio"):  # behind the digits of its entry
        raise Failure("the image still has it")


def test_other_flags_of_the_linker(trees):
    tree = trees.new(built=True)
    tree.change("mk/rules.mk", "-nostdlib", "-nostdlib --defsym=marked_kernel=1")
    tree.change("mk/rules.mk", "-r -z noexecstack", "-r -z noexecstack --defsym=marked_module=1")
    tree.make("build/kernel.elf", "build/modules/hello.ko").succeeds()
    if "marked_kernel" not in symbols(tree, "build/kernel.elf"):
        raise Failure("the kernel was not linked again")
    if "marked_module" not in symbols(tree, "build/modules/hello.ko"):
        raise Failure("the module was not linked again")


def test_other_tools_and_flags(trees):
    tree = trees.new(built=True)
    changes = {
        ("mk/rules.mk", "-w+error", "-w+error -DMARKED"): ["obj/boot/boot.o", "obj/kernel/arch/x86_64/guard.asm.o"],
        ("mk/rules.mk", "include_kernel :=", "include_kernel := -Itools"): ["obj/kernel/core/main.o"],
        ("mk/rules.mk", "include_module :=", "include_module := -Itools"): ["obj/modules/hello/hello.o"],
        ("mk/rules.mk", "--strip-debug", "--strip-all"): ["stage/hello.ko", "stage/kernel.elf"],
        ("mk/compiler.mk", "HOST_CFLAGS :=", "HOST_CFLAGS := -O2"): ["komod-check"],
    }
    for (file, old, new), targets in changes.items():
        kept = tree.read(file).decode()
        tree.change(file, old, new)
        for target in targets:
            is_due(tree, f"build/{target}")
        tree.write(file, kept)


def test_other_flags_of_the_programs_that_test(trees):
    tree = trees.new()
    for kind in "host", "fuzz", "race":
        target = f"build/{kind}/obj/lib/parse.o" if kind == "fuzz" else f"build/{kind}/lib/parse.o"
        tree.make(target).succeeds()
        is_there(tree, target)
        tree.change(f"tests/{kind}/build.mk", f"{kind}_flags :=", f"{kind}_flags := -DMARKED")
        is_due(tree, target)


def test_dashes_and_underscores_in_a_module_s_name_are_the_same(trees):
    """In the name of its folder, in build.mk and where another module depends on it."""
    spellings = [f"two{one}small{other}words" for one in "-_" for other in "-_"]
    for folder, variable, depends in zip(spellings, spellings[1:], spellings[2:]):
        tree = trees.new(built=True)
        os.rename(tree.path("modules/provider"), tree.path("modules", folder))
        tree.write(f"modules/{folder}/build.mk", f"{variable}-cflags := -DMARKED=1\n")
        tree.write(f"modules/{folder}/marked.c", "int marked(void);\nint marked(void)\n{\n\treturn MARKED;\n}\n")
        tree.change("modules/consumer/build.mk", "provider", depends)
        tree.make("build/modules/two_small_words.ko", "build/modules/consumer.ko").succeeds()
        if b"depends=two_small_words\0" not in tree.read("build/modules/consumer.ko"):
            raise Failure("consumer does not name the module as it is called")
