"""The machines of contract section 2: each must reach the prompt and work there."""
import re

from boot import boot
from machine import Failure


def works(t):
    """A module goes in, is used, and goes out again; every CPU is there; nothing is lost."""
    numbers = [line.split()[0] for line in t.run("cpus")[1:]]
    t.check(numbers == [str(n) for n in range(t.config.smp)], f"cpus: {numbers}")
    with t.same_memory():
        t.succeeds("load hello", r"^\[.*\] hello: hello, world$", "^hello: loaded$")
        t.check(t.run("hello") == ["hello, world"], "hello")
        t.succeeds("unload hello", r"^\[.*\] hello: goodbye$", "^hello: unloaded$")
        t.fails("hello", "ENOENT")
    t.send("exit 0\r")
    t.finish(0)


@boot(smp=1, quick=True)
@boot(smp=1, machine="pc", cpu="qemu64", debug=True)
@boot(smp=2, mem="128M")
@boot(smp=2, machine="pc", firmware="uefi")
@boot(smp=3, cpu="qemu64", firmware="uefi", debug=True)
@boot(smp=4, quick=True, debug=True)
@boot(smp=4, firmware="uefi", quick=True)
@boot(smp=4, mem="5G", machine="pc")
@boot(smp=4, mem="5G", cpu="qemu64")
@boot(smp=8)
@boot(smp=8, machine="pc", cpu="qemu64", debug=True)
@boot(smp=16, firmware="uefi")
@boot(smp=64, silence=180)
@boot(smp=64, machine="pc", cpu="qemu64", debug=True, silence=180)
@boot(smp=4, build="matrix/clang-O2", name="clang")
@boot(smp=4, build="matrix/clang-O2", name="clang", firmware="uefi", debug=True)
@boot(smp=4, usb_stick=True, name="usb stick")
@boot(smp=4, usb_stick=True, firmware="uefi", name="usb stick")
@boot(smp=2, vga="none", name="no vga")
@boot(smp=2, vga="none", firmware="uefi", name="no vga")
@boot(smp=1, machine_options=["acpi=off"], name="no acpi")
@boot(smp=2, machine_options=["hpet=off"], name="no hpet")
@boot(smp=2, machine_options=["hpet=off"], machine="pc", debug=True, name="no hpet")
def prompt(t):
    works(t)


@boot(smp=4, machine_options=["acpi=off"], firmware="uefi", name="no acpi")
def without_tables_one_cpu_runs(t):
    """SeaBIOS makes tables of its own when QEMU gives none; OVMF does not."""
    t.check(len(t.run("cpus")) == 2, "one CPU, since nothing tells of others")


@boot(serial=False, rc="load hello\nunload hello\nexit 5\n", to_prompt=False, name="no serial")
@boot(serial=False, rc="load hello\nunload hello\nexit 5\n", to_prompt=False, firmware="uefi",
      name="no serial")
def script(t):
    t.finish(5)


@boot(rc="# a comment\n\necho one\nload hello\n", to_prompt=False, quick=True)
def script_is_echoed(t):
    t.wait_for(r"^tenon> # a comment\n(\[.*\n)*tenon> \n(\[.*\n)*tenon> echo one\none\n(\[.*\n)*"
               r"tenon> load hello\n(\[.*\n)*hello: loaded\n(\[.*\n)*tenon> \Z")
    t.succeeds("unload hello")


@boot(serial=False, vga="none", rc="exit 6\n", to_prompt=False, name="neither serial nor vga")
def nothing_to_write_to(t):
    t.finish(6)


@boot(smp=2)
def output(t):
    """Every line ends in CR LF, and only log lines look like log lines; no escape sequences."""
    t.run("load hello")
    t.run("dmesg")
    t.run("unload hello")
    raw = t.raw[t.raw.index(b"tenon> "):]
    t.check(not re.search(rb"(?<!\r)\n", raw), "a line that does not end in CR LF")
    t.check(b"\x1b" not in raw, "an escape sequence")
    booted = t.raw[:t.raw.index(b"tenon> ")].decode().splitlines()
    odd = [line for line in booted if line and not re.match(r"\[ *\d+\.\d{6}\] ", line)]
    t.check(not odd, f"not log lines: {odd}")


@boot(words="nosuchword debug=1 addresses \t a;b $c {d")
def words_that_are_not_known(t):
    for word in "nosuchword", "debug=1", "a;b", "$c", "{d":
        t.check(re.search(rf"^\[.*\] boot: the word {re.escape(word)} is not known$", t.text, re.MULTILINE),
                f"{word}: not said")
    t.check("the word addresses" not in t.text, "a word that is known")


@boot()
def exit_numbers(t):
    t.fails("exit 128", "EINVAL")
    t.fails("exit x", "EINVAL")
    t.send("exit 127\r")
    t.finish(127)


@boot()
def exit_without_number(t):
    t.send("exit\r")
    t.finish(0)


@boot()
def poweroff(t):
    t.send("poweroff\r")
    t.finish("poweroff")


@boot(firmware="uefi")
def poweroff_by_acpi(t):
    t.send("poweroff\r")
    t.finish("poweroff")


@boot()
def reboot(t):
    """-no-reboot makes QEMU end, without a status of the guest's, when the guest resets."""
    t.send("reboot\r")
    t.finish("poweroff")


@boot(boot_set="terminal serial_console fb_console ps2_keyboard initrd fw_cfg power".split(), to_prompt=False)
def without_a_shell_it_idles(t):
    came = t.quiet(15)
    t.check("panic" not in came and came.strip(), "a clean log")
    if t.human("info status").strip() != "VM status: running":
        raise Failure("it stopped")


@boot(boot_set=["terminal", "shell"], name="shell alone", archive=False)
@boot(boot_set=["terminal", "initrd", "shell"], archive=False, name="no modules")
def less_of_the_boot_set(t):
    t.succeeds("true")
    t.succeeds("lsmod", "^shell ")


@boot(archive=False)
def boot_set_without_modules_folder(t):
    t.succeeds("unload fw_cfg", "fw_cfg: unloaded")
    t.succeeds("load fw_cfg", "fw_cfg: loaded")


@boot(smp=4, mem="256M")
def figures(t):
    """Printed, not asserted: the memory in use and the time from entry to prompt."""
    free = t.meminfo()["free_pages"] * 4096
    t.note(f"in use at the prompt: {(256 * 2**20 - free) / 2**20:.1f} MiB of 256 MiB")
    stamps = re.findall(r"^\[ *(\d+\.\d+)\]", t.text, re.MULTILINE)
    t.note(f"last log line before the prompt at {stamps[-1]} s")
    t.run("load hello")
    before = t.meminfo()
    t.run("unload hello")
    after = t.meminfo()
    pages = after["free_pages"] - before["free_pages"]
    t.note(f"hello costs {pages * 4} KiB loaded")
