"""Modules compiled for a test, with options of its own: the tree's flags, then the option."""
import os
import re
import shlex
import shutil
import subprocess

BUILD = os.environ["TENON_BUILD"]
INCLUDES = ["-Ilib/include", "-isystem", "lib/libc/include", "-Ikernel/include",
            "-Imodules/terminal/include", "-Imodules/power/include", "-Imodules/hook/include"]
DESCRIPTOR = '#include <kernel/module_descriptor.h>\nMODULE_DESCRIPTOR({0});\nMODULE_DEPENDS("");\n'


def compilers():
    return [name for name in ("gcc", "clang") if shutil.which(name)]


def tree_flags(compiler):
    """The flags of the tree's own compiler, as far as they are another's too."""
    with open(os.path.join(BUILD, "obj/settings"), encoding="utf-8") as file:
        words = shlex.split(file.read())
    words = words[words.index("-std=gnu11"):words.index("-nostdinc")]
    headers = subprocess.run([compiler, "-print-file-name=include"], capture_output=True, text=True,
                             check=True).stdout.strip()
    words = [word for word in words if not word.startswith("-ffile-prefix-map")]
    target = ["--target=x86_64-unknown-none-elf"] if compiler == "clang" else []
    return target + words + ["-nostdinc", "-isystem", headers] + INCLUDES


def compile_one(compiler, flags, without, text, suffix, stem):
    source, result = f"{stem}{suffix}", f"{stem}{suffix}.o"
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    base = [flag for flag in tree_flags(compiler) if flag not in without]
    if suffix == ".cc":
        base = [flag for flag in base if flag not in ("-std=gnu11", "-Wmissing-prototypes", "-Wstrict-prototypes")]
        compiler = {"gcc": "g++", "clang": "clang++"}[compiler]
    name = os.path.basename(stem)
    subprocess.run([compiler, *base, "-g0", "-w", "-DMODULE", f'-DKBUILD_MODNAME="{name}"', *flags, "-c", source,
                    "-o", result], check=True, capture_output=True)
    return result


def module(name, text, compiler="gcc", flags=(), suffix=".c", without=()):
    """The path of NAME.ko; @text is its source, @flags come after the tree's, of which @without are not used."""
    folder = os.path.join(BUILD, "compiled")
    os.makedirs(folder, exist_ok=True)
    stem = os.path.join(folder, re.sub(r"\W", "_", name))
    objects = [compile_one(compiler, flags, without, text, suffix, stem),
               compile_one(compiler, (), (), DESCRIPTOR.format(name), ".mod.c", stem)]
    subprocess.run(["ld", "-r", "-z", "noexecstack", "-o", f"{stem}.ko", *objects], check=True)
    return f"{stem}.ko"
