"""Copies of the repository to build in, and what `make` says there.

The rule that keeps the tests apart: each works in a copy of its own, and none looks at the clock.
"""
import os
import shutil
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_COPIED = shutil.ignore_patterns(".git", "build", "__pycache__")
BUILT = ("obj", "modules", "stage", "kernel.elf", "komod-check", "archive.cpio", "tenon.iso")
# What the make that runs the tests would hand down to the ones that are tested.
HANDED_DOWN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "ONLY", "SECONDS")


class Failure(Exception):
    """The build did something else than it should."""


class Result:
    """How a command ended."""

    def __init__(self, command, done):
        self.command = " ".join(command)
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __str__(self):
        text = "".join(f"\n    | {line}" for line in (self.out + self.err).splitlines()[-30:])
        return f"{self.command}: status {self.status}{text}"

    def wants(self, condition, what):
        if not condition:
            raise Failure(f"{what}: {self}")
        return self

    def succeeds(self):
        return self.wants(self.status == 0, "failed")

    def says(self, text):
        return self.wants(text in self.out + self.err, f"does not say {text!r}")

    def refuses(self, *texts):
        """One line on standard error that has each of @texts, and status 2."""
        self.wants(self.status == 2, "not status 2")
        self.wants(len((self.out + self.err).splitlines()) == 1, "not one line")
        for text in texts:
            self.says(text)
        return self


class Tree:
    """A folder with the repository's files, and with what was built when @built."""

    def __init__(self, folder, build=None):
        self.folder = folder
        shutil.copytree(TOP, folder, ignore=NOT_COPIED)
        if build:
            self.take(build)

    def take(self, build):
        os.mkdir(self.path("build"))
        for name in BUILT:
            there = os.path.join(build, name)
            subprocess.run(["cp", "-a", there, self.path("build", name)], check=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def change(self, name, old, new):
        text = self.read(name).decode()
        if old not in text:
            raise Failure(f"{name} has no {old!r}")
        self.write(name, text.replace(old, new))

    def run(self, *command, **environment):
        inherited = {name: value for name, value in os.environ.items() if name not in HANDED_DOWN}
        done = subprocess.run(command, cwd=self.folder, env=inherited | environment, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=600)
        return Result(command, done)

    def make(self, *words, **environment):
        return self.run("make", *words, **environment)

    def files(self, folder="."):
        """What is in @folder, with when it was written."""
        found = {}
        for where, _, names in os.walk(self.path(folder)):
            for name in names:
                path = os.path.join(where, name)
                found[os.path.relpath(path, self.folder)] = os.lstat(path).st_mtime_ns
        return found


class Trees:
    """Hands out trees, and takes them all away at the end."""

    def __init__(self, build):
        self.build = build
        self.folder = tempfile.TemporaryDirectory(prefix="tenon-build.")
        self.count = 0

    def new(self, built=False, name="tree"):
        self.count += 1
        folder = os.path.join(self.folder.name, str(self.count), name)
        return Tree(folder, self.build if built else None)

    def scratch(self):
        """A new and empty folder."""
        return tempfile.mkdtemp(dir=self.folder.name)

    def close(self):
        self.folder.cleanup()
