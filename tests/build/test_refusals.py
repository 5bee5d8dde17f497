"""What cannot be meant is refused in one line, with status 2, before anything is written."""
import os

from tree import Failure

VALUES = {
    "SMP": ["0", "", "65", "2 -S", "four", "01"],
    "MEM": ["0", "", "foo", "1K", "9999T", "256M -S"],
    "FIRMWARE": ["efi", ""],
    "DISPLAY_MODE": ["foo", ""],
    "RC": ["a b", "/nosuch", "kernel"],
    "CPU": ["foo", "", "max -S"],
    "MACHINE": ["foo"],
    "ACCEL": ["foo"],
    "SHARE": ["/nosuch"],
    "DISK": ["/nosuch"],
    "FORWARD": ["80:80"],
    "ARGS": ["it's", 'a "b"', "a\\b", "a\nb"],
    "EXTRA_MODULES": ["Makefile", "/nosuch.ko", "a=b.ko", "kernel"],
    "BUILD": ["a b", "a:b", "a#b", "a$b", "a$$b", "", "a%b", ".", "kernel", "-a", "build/../kernel"],
    "CC": ["nosuch", "true", "gcc -m32"],
    "LD": ["nosuch"],
    "HOSTCC": ["nosuch"],
    "CROSS": ["nosuch-"],
    "OPTIMIZE": ["foo"],
    "SMPS": ["4"],
    "PREFIX": ["a b", "a:b"],
    "SECONDS": ["0", "abc", "-1"],
}


def test_values_that_cannot_be_meant(trees):
    tree = trees.new()
    for name, values in VALUES.items():
        for value in values:
            tree.make(f"{name}={value}").refuses(name)
    for goal in "run", "debug", "clean", "test", "toolchain":
        tree.make(goal, "SMP=0").refuses("SMP=0", "from 1 to 64")
    tree.make("clean", "BUILD=kernel").refuses("BUILD=kernel")
    if os.path.exists(tree.path("build")):
        raise Failure("something was written")


def test_values_of_the_environment(trees):
    """They count for the goals that use them, and names such as PREFIX are not taken from there."""
    tree = trees.new(built=True)
    tree.make("run", SMP="0").refuses("SMP=0")
    tree.make("-q", SMP="0", CPU="foo", DISK="x", PREFIX="/nosuch").succeeds()
    tree.make("-n", "toolchain", PREFIX="/nosuch").succeeds().says("build/toolchain")


def test_fuzzing_for_no_time_and_of_nothing(trees):
    tree = trees.new()
    for value in "0", "abc", "-1":
        tree.make("fuzz", f"SECONDS={value}").refuses("SECONDS")
    tree.make("fuzz", "ONLY=nosuch").refuses("ONLY=nosuch", "elf")
    plan = tree.make("-n", "fuzz", "ONLY=psf").succeeds()
    plan.wants("fuzz_psf.c" in plan.out and "fuzz_acpi.c" not in plan.out, "builds others than the one")


def test_words_that_the_shell_of_grub_knows_reach_the_kernel(trees):
    tree = trees.new(built=True)
    tree.make("ARGS=a;b {c} $d |e &f <g> #h").succeeds()
    tree.run("xorriso", "-osirrox", "on", "-indev", "build/tenon.iso", "-extract", "/boot/grub/grub.cfg",
             "grub.cfg").succeeds()
    tree.run("grub-script-check", "grub.cfg").succeeds()
    if b"'a;b' '{c}' '$d' '|e' '&f' '<g>' '#h'" not in tree.read("grub.cfg"):
        raise Failure(tree.read("grub.cfg").decode())


def test_names_that_make_cannot_work_with(trees):
    for name in ("modules/my mod/a.c", "modules/hello/a b.c", "kernel/core/a#b.c", "modules/loose.c",
                 "modules/kernel/kernel.c", "modules/fw-cfg/a.c", "modules/a.b/a.c",
                 f"modules/{'a' * 56}/a.c"):
        tree = trees.new()
        tree.write(name, "")
        tree.make().refuses(name.split("/")[0])


def test_files_that_are_not_sources_are_left_alone(trees):
    tree = trees.new(built=True)
    tree.write("modules/hello/.#hello.c", "no C")
    tree.write("modules/hello/notes to self.txt", "")
    tree.make("-q").succeeds()


def test_a_module_that_depends_on_none(trees):
    tree = trees.new()
    tree.write("modules/hello/build.mk", "hello-depends := nosuch\n")
    tree.make().refuses("hello-depends", "nosuch")


def test_a_module_that_uses_what_nothing_exports(trees):
    """Each symbol is a line, with the nearest name that is exported; the image is not made."""
    tree = trees.new(built=True)
    tree.write("modules/hello/more.c", "int pirntk(void);\nint nothing_like_it_here(void);\nint more(void);\n"
               "int __attribute__((weak)) weak_and_missing(void);\n"
               "int more(void)\n{\n\treturn pirntk() + nothing_like_it_here() + weak_and_missing();\n}\n")
    before = tree.read("build/tenon.iso")
    result = tree.make()
    result.wants(result.status == 2, "not status 2")
    result.says("build/modules/hello.ko: undefined symbol nothing_like_it_here: nothing exports it\n")
    result.says("build/modules/hello.ko: undefined symbol pirntk: nothing exports it; the nearest name is printk, "
                "of the kernel\n")
    result.wants(result.err.count("undefined symbol") == 2, "others are told")
    if tree.read("build/tenon.iso") != before:
        raise Failure("the image was made")
    tree.make().wants(tree.make().status == 2, "refused once only")
    os.remove(tree.path("modules/hello/more.c"))
    tree.make().succeeds()


def test_clean_removes_only_what_a_build_made(trees):
    tree = trees.new()
    mine = trees.scratch()
    tree.write(os.path.join(mine, "precious"), "")
    tree.make("clean", f"BUILD={mine}").refuses("BUILD")
    other = trees.scratch()
    tree.make(f"BUILD={other}", f"{other}/obj/lib/parse.o").succeeds()
    tree.make("clean", f"BUILD={other}").succeeds()
    if os.path.exists(other) or not os.path.exists(os.path.join(mine, "precious")):
        raise Failure("the wrong folder was removed")


def test_the_refused_compiler_leaves_the_build_as_it_is(trees):
    tree = trees.new(built=True)
    before = tree.files("build")
    tree.make("CC=nosuch").refuses("CC=nosuch")
    tree.make("-q").succeeds()
    if tree.files("build") != before:
        raise Failure("the build folder has changed")


def test_tools_that_are_missing(trees):
    """Without apt-get: one line with the one command, and status 2."""
    tree, folder = trees.new(), trees.scratch()
    for tool in "make", "bash", "sh", "env", "find", "sed", "id", "sort", "cut", "tr", "uniq", "basename", "ls", "realpath":
        there = tree.run("sh", "-c", f"command -v {tool}").out.strip()
        if there.startswith("/"):
            os.symlink(there, os.path.join(folder, tool))
    tree.make(PATH=folder).refuses("apt-get install", "nasm", "xorriso")
