"""Linux's side: Debian's kernel for virtual machines and its headers, fetched as packages and
unpacked (nothing is installed), the modules built against them, a static init, and a run."""
import glob
import os
import re
import shutil
import subprocess
import sys

from machine import Failed, MEMORY_BYTES, bench_lines, emulate

sys.path.insert(0, "tools")
from archive import FOLDER, entry  # noqa: E402

IMAGE = "linux-image-cloud-amd64"
VARIANTS = {"as shipped": "", "mitigations=off": "mitigations=off"}
PROGRAM = 0o100755


def run(words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: status {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


class Linux:
    def __init__(self, build):
        self.folder = os.path.abspath(os.path.join(build, "bench/linux"))
        self.root = os.path.join(self.folder, "root")
        self.command_lines = {}  # of each variant, as the kernel itself tells it

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    # --- getting it ---

    def _kernel(self):
        found = glob.glob(os.path.join(self.root, "boot/vmlinuz-*"))
        return found[0] if found else None

    def _packages(self):
        """The packages of the newest kernel: image, headers, and what the headers need."""
        answer = run(["apt-cache", "depends", IMAGE])
        image = re.search(r"Depends: (linux-image-\S+)", answer)
        if not image:
            raise Failed(f"apt does not know {IMAGE}")
        headers = image.group(1).replace("image", "headers")
        needed = re.findall(r"Depends: (linux-(?:headers|kbuild)-\S+)",
                            run(["apt-cache", "depends", headers]))
        return [image.group(1), headers] + needed

    def _download(self):
        os.makedirs(self.path("deb"), exist_ok=True)
        try:
            run(["apt-get", "download"] + self._packages(), cwd=self.path("deb"))
        except Failed:
            if os.geteuid() != 0:
                raise
            run(["apt-get", "update"])
            run(["apt-get", "download"] + self._packages(), cwd=self.path("deb"))

    def _fetch(self):
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Failed("Linux is fetched with apt-get and dpkg-deb, which are not here")
        self._download()
        for package in sorted(glob.glob(self.path("deb/*.deb"))):
            run(["dpkg-deb", "-x", package, self.root])

    def _headers(self):
        """The folder to build modules against; its Makefile names another by its place in /usr."""
        version = os.path.basename(self._kernel()).removeprefix("vmlinuz-")
        folder = os.path.join(self.root, f"usr/src/linux-headers-{version}")
        makefile = os.path.join(folder, "Makefile")
        with open(makefile, encoding="utf-8") as file:
            text = file.read()
        with open(makefile, "w", encoding="utf-8") as file:
            file.write(re.sub(r"include /usr/src", f"include {self.root}/usr/src", text))
        return folder

    # --- building ---

    def _build_modules(self, generated):
        folder = self.path("modules")
        os.makedirs(folder, exist_ok=True)
        sources = (glob.glob("bench/modules/*.[ch]") + glob.glob("bench/linux/compat.h") +
                   glob.glob(os.path.join(generated, "bench_big*")) + ["bench/linux/Kbuild"])
        for source in sources:
            shutil.copy2(source, folder)
        for part in glob.glob(os.path.join(folder, "bench_big_*.c")):
            shutil.copy2(part, part.replace("bench_big_", "bare_"))
        run(["make", f"-j{os.cpu_count()}", "-C", self._headers(), f"M={folder}", "modules"])
        os.makedirs(self.path("stage"), exist_ok=True)
        for module in glob.glob(os.path.join(folder, "*.ko")):
            run(["strip", "--strip-debug", "-o",
                 self.path("stage", os.path.basename(module)), module])

    def _archive(self, name, modules):
        """An initial file system with init and these modules."""
        parts = [entry(1 + number, folder, FOLDER)
                 for number, folder in enumerate(["proc", "sys", "dev", "modules"])]
        files = {"init": self.path("init")}
        files |= {f"modules/{module}.ko": self.path("stage", f"{module}.ko") for module in modules}
        for number, (path, source) in enumerate(files.items(), 10):
            with open(source, "rb") as file:
                parts.append(entry(number, path, PROGRAM, file.read()))
        parts.append(entry(0, "TRAILER!!!", 0))
        with open(self.path(f"{name}.cpio"), "wb") as file:
            file.write(b"".join(parts))

    def prepare(self, generated):
        if not self._kernel():
            self._fetch()
        self._build_modules(generated)
        run(["gcc", "-O2", "-Wall", "-Wextra", "-static", "-s", "-o", self.path("init"),
             "bench/linux/init.c"])
        small = ["smallest", "get_put", "heap", "page", "stop", "thread", "interrupt"]
        self._archive("bench", [f"bench_{name}" for name in small])
        self._archive("big", ["bench_big", "bench_big_bare"])

    # --- running ---

    def measure(self, variant, archive, smp, jobs, timeout=300):
        words = f"console=ttyS0 quiet panic=-1 {VARIANTS[variant]} -- {' '.join(jobs)}"
        text = emulate(smp, ["-kernel", self._kernel(), "-initrd", self.path(f"{archive}.cpio"),
                             "-append", words], timeout)
        if "bench-end" not in text or "bench-error" in text:
            error = re.search(r"bench-error.*", text)
            raise Failed(error.group(0) if error else f"it ended early:\n{text[-400:]}")
        told = re.search(r"bench-command-line (.*)", text)
        if told:
            self.command_lines[variant] = told.group(1).split("--")[0].strip()
        for name, cpus, value, words in bench_lines(text):
            if name == "clock":
                yield "boot", cpus, value, words
            elif name == "free":
                # what Linux could free on demand counts as free
                yield "memory", cpus, MEMORY_BYTES - float(words["available"]), words
            else:
                yield name, cpus, value, words
