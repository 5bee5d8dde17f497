"""Tenon's side: images with the modules that measure, made as any image is, and what is typed."""
import glob
import os
import re
import subprocess
import tempfile

from machine import Failed, MEMORY_BYTES, bench_lines, emulate

BOOT_SET = ["watchdog", "hook", "terminal", "files", "serial_console", "fb_console", "ps2_keyboard", "initrd", "fw_cfg", "power",
            "text", "sys", "procps", "pci", "shell"]
EXIT_LINE = "exit 0\n"


class Tenon:
    def __init__(self, build):
        self.build = build
        self.folder = os.path.join(build, "bench")
        self.images = {"plain": os.path.join(build, "tenon.iso")}

    def prepare(self, image):
        """Makes the image: `plain` is the one that make makes; others have more in /modules."""
        if image in self.images:
            return
        more = {"bench": "bench/stage/*.ko", "many": "bench/many/*.ko"}
        modules = glob.glob(os.path.join(self.build, "stage/*.ko"))
        for kind in ["bench"] + ([image] if image != "bench" else []):
            modules += glob.glob(os.path.join(self.build, more[kind]))
        archive = os.path.join(self.folder, f"{image}.cpio")
        output = os.path.join(self.folder, f"{image}.iso")
        listed = "".join(f"{os.path.basename(path)}={path}\n" for path in sorted(modules))
        subprocess.run(["python3", "tools/archive.py", archive, "-"], input=listed.encode(),
                       check=True)
        boot_set = [os.path.join(self.build, "stage", f"{name}.ko") for name in BOOT_SET]
        subprocess.run(["tools/iso", output, "", os.path.join(self.build, "stage/kernel.elf"),
                        archive] + boot_set, check=True)
        self.images[image] = output

    def run(self, image, smp, lines, timeout=300, counted=False):
        """Boots @image, gives the shell @lines, and returns what it printed."""
        with tempfile.NamedTemporaryFile("w", prefix="tenon-bench.", dir=self.folder) as rc:
            rc.write("".join(line + "\n" for line in lines) + EXIT_LINE)
            rc.flush()
            text = emulate(smp, ["-cdrom", self.images[image],
                                 "-fw_cfg", f"name=opt/tenon/rc,file={rc.name}"], timeout, counted)
        failure = re.search(r"^\S+: .* \(E[A-Z0-9]+\)$|^panic:.*", text, re.MULTILINE)
        if failure or EXIT_LINE not in text:
            raise Failed(failure.group(0) if failure else f"it ended early:\n{text[-400:]}")
        return text

    def measure(self, image, smp, lines, counted=False):
        text = self.run(image, smp, lines, counted=counted)
        for name, cpus, value, words in bench_lines(text):
            yield f"{name}.instructions" if counted else name, cpus, value, words

    def boot(self, smp):
        """The time and the memory at the first prompt, as the shell's own commands tell them."""
        text = self.run("plain", smp, ["uptime", "meminfo"])
        seconds = re.search(r"^up (\d+\.\d+) s$", text, re.MULTILINE)
        free = re.search(r"^free_pages (\d+)$", text, re.MULTILINE)
        if not seconds or not free:
            raise Failed(f"uptime and meminfo were not understood:\n{text[-400:]}")
        yield "boot", smp, float(seconds.group(1)) * 1e9, {}
        yield "memory", smp, float(MEMORY_BYTES - 4096 * int(free.group(1))), {}
