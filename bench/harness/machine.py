"""One run of QEMU for either side: the same machine but for what it boots. The rule: nothing of the
host's load is hidden; a run that fails or hangs is reported and leaves no figures."""
import re
import subprocess

EMULATOR = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-display", "none", "-serial", "stdio", "-no-reboot",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
MEMORY = "256M"
MEMORY_BYTES = 256 << 20

LINE = re.compile(r"\bbench (\S+) cpus=(\d+) unit=(\S+) value=([\d.]+)(.*)$", re.MULTILINE)
WORD = re.compile(r"(\w+)=(\S+)")


COUNTED = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]  # a ns an instruction


class Failed(Exception):
    pass


def emulate(smp, arguments, timeout, counted=False):
    """Runs QEMU to its end; returns what came over the serial line."""
    emulator = EMULATOR[:3] + COUNTED + EMULATOR[5:] if counted else EMULATOR
    line = emulator + ["-smp", str(smp), "-m", MEMORY] + arguments
    try:
        done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as expired:
        tail = (expired.stdout or b"").decode("utf-8", "replace")[-400:]
        raise Failed(f"no end after {timeout} s; the last that came:\n{tail}") from expired
    return done.stdout.decode("utf-8", "replace").replace("\r", "")


def bench_lines(text):
    """The bench lines in @text: (name, cpus, value, {other words})."""
    for match in LINE.finditer(text):
        name, cpus, _, value, rest = match.groups()
        yield name, int(cpus), float(value), dict(WORD.findall(rest))
