"""One virtual machine under test: starts QEMU, types on its serial line, reads what comes back.

The rule that keeps it right: nothing waits by the clock. Every wait ends at a text, at the end of
QEMU, or after a silence that is this runner's own limit, and says which of the three it was.
"""
import codecs
import json
import os
import re
import select
import socket
import subprocess
import tempfile
import time

import stand_in.platform

PROMPT = "tenon> "
LOG_LINE = re.compile(r"\[ *\d+\.\d{6}\] ")
LOG = "^" + LOG_LINE.pattern  # for a pattern of wait_for
ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z@~=]|[()][0-9A-Za-z]|[=>78])")
ESCAPE_PART = re.compile(r"\x1b(?:\[[0-9;?]*|[()])?$")
EXIT_PANIC = 99
OVMF = ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE_4M.fd")


class Failure(Exception):
    """The machine answered, and wrongly."""
    verdict = "fail"


class Hang(Failure):
    """Nothing came for the length of the limit."""
    verdict = "hang"


class MonitorGone(Failure):
    """QEMU has ended before its monitor answered."""


class TripleFault(Failure):
    """A CPU reset itself."""
    verdict = "triple fault"


class Skip(Failure):
    """What the test needs cannot be had on this machine."""
    verdict = "skip"


class Machine:
    """What a boot test is given. See tests/boot/README.md for a test's life."""

    def __init__(self, config, image, log_path, emulator="qemu-system-x86_64"):
        self.config = config
        self.text = ""  # all that came, without CR and escape sequences
        self.mark = 0  # up to here it has been looked at
        self.raw = bytearray()  # the same, as it came
        self.pending = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.notes = []  # figures that the report prints
        self.log = open(log_path, "wb")
        self.reset_log = log_path.removesuffix(".log") + ".qemu"
        self.folder = tempfile.TemporaryDirectory(prefix="tenon-test.")
        self.started = time.monotonic()
        self._start(image, emulator)

    # --- life ---

    def _arguments(self, image, emulator):
        config = self.config
        options = ",".join([config.machine] + config.machine_options)
        line = [emulator, "-M", options, "-accel", config.accel, "-cpu", config.cpu,
                "-smp", str(config.smp), "-m", config.mem, "-display", "none", "-no-reboot",
                "-nodefaults" if config.bare else "-no-user-config",
                "-d", "cpu_reset", "-D", self.reset_log,
                "-chardev", f"socket,id=qmp,path={self.folder.name}/qmp,server=on,wait=off",
                "-mon", "chardev=qmp,mode=control"]
        if config.exit_device:
            line += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        line += ["-serial", "stdio" if config.serial else "none"]
        if config.vga is not None:
            line += ["-vga", config.vga]
        if config.platform:
            program = os.path.join(os.path.dirname(image), stand_in.platform.PROGRAM)
            line += ["-kernel", program, "-initrd", image]
        elif config.usb_stick:
            line += ["-drive", f"file={image},format=raw,snapshot=on"]
        else:
            line += ["-cdrom", image]
        if config.firmware == "uefi":
            code = next(path for path in OVMF if os.path.exists(path))
            line += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}"]
        if config.rc is not None:
            path = os.path.join(self.folder.name, "rc")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config.rc)
            line += ["-fw_cfg", f"name=opt/tenon/rc,file={path}"]
        return line + (config.qemu() if callable(config.qemu) else config.qemu)

    def _start(self, image, emulator):
        line = self._arguments(image, emulator)
        self.log.write((" ".join(line) + "\n").encode())
        self.errors = open(os.path.join(self.folder.name, "stderr"), "w+b")
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, bufsize=0)
        self.qmp = None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.errors, self.log, self.qmp):
            if file:
                file.close()
        self.folder.cleanup()

    # --- reading and writing ---

    def send(self, text):
        """Types @text as it is; the Enter key is \\r."""
        try:
            self.process.stdin.write(text.encode())
        except BrokenPipeError:
            self._ended("while it was typed: " + repr(text))

    def _read(self, timeout):
        """Reads what is there within @timeout seconds. False: nothing came. None: it ended."""
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not ready:
            return False
        data = os.read(self.process.stdout.fileno(), 65536)
        if not data:
            return None
        self.log.write(data)
        self.log.flush()
        self.raw += data
        self.pending += self.decoder.decode(data).replace("\r", "")
        part = ESCAPE_PART.search(self.pending)
        whole = part.start() if part else len(self.pending)
        self.text += ESCAPE.sub("", self.pending[:whole])
        self.pending = self.pending[whole:]
        return True

    def wait_for(self, pattern, silence=None, limit=None):
        """Reads until @pattern (searched from the mark on) is there; moves the mark past it."""
        silence = silence or self.config.silence
        deadline = time.monotonic() + (limit or self.config.limit)
        compiled = re.compile(pattern, re.MULTILINE)
        while True:
            match = compiled.search(self.text, self.mark)
            if match:
                self.mark = match.end()
                return match
            left = deadline - time.monotonic()
            got = left > 0 and self._read(min(silence, left))  # output without end is no reason to go on
            if got is None:
                self._ended(f"while waiting for {pattern!r}")
            if got is False:
                why = f"no output for {silence:g} s" if left > silence else "out of time"
                raise Hang(f"{why} while waiting for {pattern!r}")

    expect = wait_for

    def listen(self, seconds):
        """Reads what comes within @seconds; the mark stays."""
        self._read(seconds)

    def more(self):
        """Waits for something to come; false after the silence that is a hang, or at the end."""
        return self._read(self.config.silence)

    def quiet(self, seconds):
        """Reads until nothing has come for @seconds; returns what came since the mark."""
        while self._read(seconds):
            pass
        came = self.text[self.mark:]
        self.mark = len(self.text)
        return came

    # --- the shell ---

    def prompt(self, **limits):
        """Waits for the prompt after boot."""
        self.wait_for(r"^" + PROMPT + r"\Z", **limits)
        return self

    def run(self, command, *patterns, **limits):
        """Types a command and returns the lines it printed, log lines apart (self.logged).

        Each of @patterns must be found in what came, log lines included, one after the other.
        """
        self.mark = self.text.rfind("\n") + 1
        self.send(command + "\r")
        start = self.wait_for(r"^" + PROMPT + re.escape(command) + r" *\n", **limits).end()
        self.wait_for(r"^" + PROMPT + r"\Z", **limits)
        came = self.text[start:self.mark - len(PROMPT)]
        lines = came.splitlines()
        # A prompt that was drawn before a line of the log came is drawn again behind it.
        lines = [line for line, then in zip(lines, lines[1:] + [""])
                 if line != PROMPT or not LOG_LINE.match(then)]
        self.logged = [line for line in lines if LOG_LINE.match(line)]
        at = 0
        for pattern in patterns:
            match = re.compile(pattern, re.MULTILINE).search(came, at)
            if not match:
                raise Failure(f"{command!r}: {pattern!r} not found in:\n{came.rstrip()}")
            at = match.end()
        return [line for line in lines if not LOG_LINE.match(line)]

    def fails(self, command, errno, *patterns, **limits):
        """Runs a command that must fail with @errno, in the contract's form; returns its lines."""
        lines = self.run(command, *patterns, **limits)
        if not any(re.match(rf"[\w-]+: .*: .* \({errno}\)$", line) for line in lines):
            raise Failure(f"{command!r}: no line that ends in ({errno}):\n" + "\n".join(lines))
        self.status(errno)
        return lines

    def succeeds(self, command, *patterns, **limits):
        """Runs a command whose status must be 0; returns its lines."""
        lines = self.run(command, *patterns, **limits)
        answer = self.run("echo $?")
        if answer != ["0"]:
            raise Failure(f"{command!r}: status {answer}, output:\n" + "\n".join(lines))
        return lines

    def status(self, expected):
        answer = self.run("echo $?")
        if answer != [expected]:
            raise Failure(f"status {answer}, not {expected}")

    def check(self, condition, text):
        if not condition:
            raise Failure(text)

    def note(self, text):
        """A figure to print with the verdict."""
        self.notes.append(text)

    def meminfo(self):
        """The figures of `meminfo`, by key."""
        pairs = [line.split() for line in self.run("meminfo") if len(line.split()) == 2]
        return {key: int(value) for key, value in pairs if value.isdigit()}

    def lsmod(self):
        """The rows of `lsmod`, by module: {"size", "refs", "state", "used_by"}."""
        rows = {}
        for line in self.run("lsmod"):  # what a job in the background says may stand in between
            row = re.fullmatch(r"(\w+) +(\d+) +(\d+) +([a-z]+) +(\S+)", line)
            if row:
                name, size, refs, state, used_by = row.groups()
                rows[name] = {"size": int(size), "refs": int(refs), "state": state, "used_by": used_by}
        return rows

    def same_memory(self, ignore=()):
        """with t.same_memory(): each figure of meminfo is afterwards what it was before."""
        return SameMemory(self, ignore)

    # --- outside ---

    def monitor(self, command, **arguments):
        """Sends a QMP command and returns its answer."""
        if not self.qmp:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(60)
            link.connect(os.path.join(self.folder.name, "qmp"))
            self.qmp = link.makefile("rw", encoding="utf-8")
            link.close()
            self.qmp.readline()
            self.monitor("qmp_capabilities")
        try:
            self.qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self.qmp.flush()
            return self._answer(command)
        except ConnectionError as error:
            raise MonitorGone(f"monitor: {command}: {error}") from error

    def _answer(self, command):
        while True:
            line = self.qmp.readline()
            if not line:
                raise MonitorGone(f"monitor: {command}: QEMU has ended")
            answer = json.loads(line)
            if "error" in answer:
                raise Failure(f"monitor: {command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def human(self, command):
        """Sends a command of QEMU's human monitor (nmi, sendkey, savevm...)."""
        return self.monitor("human-monitor-command", **{"command-line": command})

    def finish(self, expected, silence=None):
        """Waits until QEMU ends: an exit number of the guest, `poweroff`, or `reset`."""
        while True:
            got = self._read(silence or self.config.silence)
            if got is False:
                raise Hang("QEMU did not end")
            if got is None:
                break
        how = self._how_it_ended()
        if how != expected:
            raise Failure(f"ended by {how}, not {expected}")

    def _how_it_ended(self):
        code = self.process.wait(timeout=60)
        with open(self.reset_log, encoding="utf-8", errors="replace") as file:
            if "Triple fault" in file.read():
                raise TripleFault("a CPU triple-faulted")
        if code & 1:
            return code >> 1
        if code == 0:
            return "poweroff"
        self.errors.seek(0)
        raise Failure(f"QEMU ended with status {code}: " +
                      self.errors.read().decode("utf-8", "replace").strip())

    def _ended(self, when):
        how = self._how_it_ended()
        if how == EXIT_PANIC:
            panic = re.search(r"^(?:\[.*?\] )?panic:.*", self.text, re.MULTILINE)
            how = panic.group(0) if panic else "a panic without a line that says so"
        raise Failure(f"ended by {how} {when}")


class SameMemory:
    def __init__(self, machine, ignore):
        self.machine = machine
        self.ignore = ignore

    def __enter__(self):
        self.before = self.machine.meminfo()
        return self

    def __exit__(self, kind, *_):
        if kind:
            return
        after = self.machine.meminfo()
        wrong = [f"{key}: {value} before, {after.get(key)} after"
                 for key, value in self.before.items()
                 if key not in self.ignore and after.get(key) != value]
        if wrong:
            raise Failure("meminfo differs: " + "; ".join(wrong))


def says(t, command, *lines):
    """Runs a command that must print these lines and no others, the log's apart."""
    answer = t.run(command)
    if answer != list(lines):
        raise Failure(f"{command!r}: {answer}, not {list(lines)}")
