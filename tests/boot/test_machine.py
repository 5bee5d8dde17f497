"""Machines that are not QEMU's usual ones: tables that lie, devices that are absent or were left in
another state. Most are made up by stand_in/platform.py, in place of firmware and boot loader.
"""
import contextlib
import ctypes
import os

from boot import boot
from machine import Failure, MonitorGone, Skip, TripleFault
from stand_in.acpi import PC_WIRING, io_apic, listed, local_apic, local_nmi, override, x2apic
from stand_in.platform import Platform, change_msr, read_port, wait, write_port

LIBC = ctypes.CDLL(None)
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207  # <sys/ptrace.h>
WAIT_FOR_THREADS = 0x40000000  # __WALL of <sys/wait.h>

# Neither HPET, ACPI timer, 8254 nor keyboard controller.
BARE = {"machine": "microvm", "machine_options": ["pit=off", "pic=off", "rtc=off"], "bare": True}
NO_TIMERS = {"hpet": False, "fadt": {"reduced": True}}


def runs_on(t, *apic_ids):
    """Exactly these CPUs run, each once; each runs what it is given, and stops with the others."""
    rows = [line.split() for line in t.run("cpus")[1:]]
    t.check(sorted(int(row[1]) for row in rows) == sorted(apic_ids), f"cpus: {rows}")
    for number in range(len(apic_ids)):
        t.check(t.run(f"on {number} echo alive") == ["alive"], f"CPU {number} does not answer")
    with t.same_memory():
        t.succeeds("load hello")
        t.succeeds("unload hello")


@contextlib.contextmanager
def held(t, cpu):
    """Keeps one virtual CPU from running: the host's thread behind it is stopped."""
    thread = t.monitor("query-cpus-fast")[cpu]["thread-id"]
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if LIBC.ptrace(request, thread, None, None):
            raise Skip("this process may not stop a thread of another: ptrace")
    os.waitpid(thread, WAIT_FOR_THREADS)
    try:
        yield
    finally:
        LIBC.ptrace(PTRACE_DETACH, thread, None, None)


def panics(t, *patterns):
    """The machine says why it cannot go on, and ends."""
    for pattern in patterns:
        t.wait_for(pattern)
    t.finish(99)


# --- clocks ---

@boot(platform=Platform(hpet=False, fadt={"timer": 0x5f8}), name="nothing at the ACPI timer's port")
@boot(platform=Platform(**NO_TIMERS), name="only an 8254", smp=4)
@boot(platform=Platform(hpet_address=0xfed80000), name="nothing at the HPET's address")
@boot(platform=Platform(hpet_address=0), name="an HPET at address 0")
def clock(t):
    """A counter that does not count is passed over."""
    t.check("clock: " in t.text, "no clock was chosen")
    t.succeeds("uptime")
    runs_on(t, *range(t.config.smp))


@boot(smp=1, platform=Platform(**NO_TIMERS), to_prompt=False, name="no counter at all", **BARE)
def no_clock(t):
    panics(t, r"^panic: .*clock.*")


# --- processors ---

@boot(smp=3, platform=Platform(processors=listed(0, 1, 1, 2)), name="the second twice")
@boot(smp=3, platform=Platform(processors=listed(0, 0, 1, 2)), name="the first twice")
@boot(smp=3, platform=Platform(processors=listed(2, 1, 0)), name="in another order")
@boot(smp=2, platform=Platform(processors=listed(1)), name="the boot CPU is not there")
@boot(smp=4, platform=Platform(processors=[x2apic(i, i) for i in range(4)]), name="x2APIC entries")
@boot(smp=2, platform=Platform(processors=listed(0, 1) + [x2apic(1, 1)]), name="in both forms")
@boot(smp=4, platform=Platform(processors=[local_apic(9, 77, 0)] + listed(0, 1, 2, 3)),
      name="a disabled one first")
def processors(t):
    runs_on(t, *range(t.config.smp))


@boot(smp=4, platform=Platform(processors=listed(0, 9, 1, 2, 3)), name="absent, second of five")
@boot(smp=4, platform=Platform(processors=listed(0, 1, 2, 3, 9)), name="absent, last of five")
def absent_processor(t):
    t.check("cpu: APIC 9 " in t.text, "not said that it does not run")
    runs_on(t, 0, 1, 2, 3)
    t.check("cpu: APIC 1 " not in t.text, "another is blamed")


@boot(smp=2, platform=Platform(processors=listed(0, 1) + [x2apic(2, 300)]), name="APIC 300")
def processor_out_of_reach(t):
    t.check("cpu: APIC 300 is left out" in t.text, "not said that it is left out")
    runs_on(t, 0, 1)


@boot(smp=3, platform=Platform(devices=[wait()]), to_prompt=False)
def late_processor(t):
    """A CPU that comes up when it has been given up is not counted, and stays where it is."""
    t.wait_for(r"^\.$")  # SeaBIOS, which starts every CPU, has been
    with held(t, 2):
        t.send("\r")
        t.wait_for(r"cpu: APIC 2 is left out: it does not answer$")
    t.prompt()
    runs_on(t, 0, 1)
    registers = t.human("info registers -a").split("CPU#2")[1]
    t.check("HLT=1" in registers, f"the late CPU runs: {registers}")
    t.run("load panics")
    t.send("panics lock\r")  # its NMIs reach that CPU too
    panics(t, "^panic: ")


@boot(smp=1, cpu="qemu64,-apic", platform=Platform(tables=False), to_prompt=False, name="absent")
@boot(smp=1, platform=Platform(devices=[change_msr(0x1b, clear_bits=1 << 11)]), to_prompt=False,
      name="turned off for good")
def no_local_apic(t):
    panics(t, r"^panic: .*no local APIC.*")


# --- tables and maps that lie ---

MIB = 1 << 20
USUAL = Platform().memory_map(256 * MIB)


@boot(platform=Platform(wiring=[io_apic(0xfed90000)] + PC_WIRING), name="an IOAPIC that is not there")
@boot(platform=Platform(wiring=[io_apic()] + PC_WIRING), name="the IOAPIC twice")
@boot(platform=Platform(wiring=PC_WIRING + [override(1, 200)]), name="interrupt 1 where nothing is")
@boot(platform=Platform(wiring=PC_WIRING + [b"\x00\x00"]), name="an entry without length")
@boot(platform=Platform(wiring=PC_WIRING + [b"\x00\x20\x01"]), name="an entry that is cut off")
@boot(platform=Platform(wiring=PC_WIRING + [local_nmi(pin=7)]), name="NMI on pin 7")
@boot(platform=Platform(addresses=[0, 1 << 60, 0xfee00000, (1 << 64) - 1, 0x80000000]),
      name="tables nowhere")
@boot(platform=Platform(addresses=[0x100000] * 200), name="many tables that are none")
@boot(platform=Platform(memory=USUAL + USUAL), name="all memory twice")
@boot(platform=Platform(memory=USUAL[::-1]), name="memory from the top")
@boot(platform=Platform(memory=[(0, 0, 1)] + USUAL + [(1 << 62, 1 << 40, 1)]), name="memory far away")
@boot(platform=Platform(memory=[(1 << 63, 1 << 63, 1)] + USUAL), name="memory that wraps, first")
@boot(platform=Platform(memory=USUAL + [(i * MIB, 4096, 1) for i in range(300, 900)], tables=False),
      smp=1, name="many pieces")
def lies(t):
    runs_on(t, *range(t.config.smp))


# --- the keyboard controller ---

def controller(configuration):
    return [write_port(0x64, 0x60), write_port(0x60, configuration)]


def to_mouse(byte):
    return [write_port(0x64, 0xd4), write_port(0x60, byte), read_port(0x60)]


def types(t, keys):
    for key in keys.split():
        t.human(f"sendkey {key} 20")
        t.listen(0.1)


def types_exit(t, status):
    """QEMU may end before its monitor has answered the last key."""
    types(t, f"e x i t spc {status}")
    try:
        t.human("sendkey ret 20")
    except MonitorGone:
        pass
    t.finish(status)


@boot(platform=Platform(), name="as reset leaves it")
@boot(platform=Platform(devices=controller(0x01)), name="without translation")
@boot(platform=Platform(devices=controller(0x40)), name="without its interrupt")
@boot(platform=Platform(devices=controller(0x50)), name="the keyboard held off")
@boot(platform=Platform(devices=[write_port(0x60, 0xf5), read_port(0x60)]), name="not scanning")
@boot(platform=Platform(devices=controller(0x43) + to_mouse(0xf4)), name="the mouse reports")
def keyboard(t):
    t.human("mouse_move 5 5")
    t.human("mouse_move 5 5")
    types_exit(t, 5)


@boot(smp=1, platform=Platform(), machine_options=["i8042=off"], name="no controller")
def no_keyboard(t):
    """One line says so, and the serial line is there."""
    t.check("ps2_keyboard: no keyboard controller answers" in t.text, "not said")
    t.fails("load ps2_keyboard", "ENODEV")


@boot(platform=Platform(), name="again")
def keyboard_again(t):
    """What is left of an earlier driver is no other state than firmware's."""
    with t.same_memory():
        t.succeeds("unload ps2_keyboard")
        t.human("sendkey a 20")
        t.succeeds("load ps2_keyboard")
    types_exit(t, 6)


# --- the end ---

@boot(smp=2, platform=Platform(), name="nothing answers", **BARE | {"machine_options": []})
def reboot(t):
    """Without keyboard controller and reset register a triple fault resets every x86."""
    t.send("reboot\r")
    try:
        t.finish("poweroff")
    except TripleFault:
        return
    raise Failure("it was reset in another way")


# --- machine checks ---

UNCORRECTED = 0xbe00000000800400  # valid, uncorrected, with address and misc: an internal timer
CORRECTED = 0x8c00004000010090  # valid, with address and misc: memory, read


@boot(smp=2)
def machine_check(t):
    t.human(f"mce 1 3 {UNCORRECTED:#x} 4 0x12345000 0x8c")
    panics(t, rf"^panic: machine check, global status 4, CPU 1, bank 3: status {UNCORRECTED:x}, "
           r"address 12345000, misc 8c$")


@boot(smp=2)
def machine_check_when_its_reader_has_gone(t):
    t.succeeds("unload watchdog; load watchdog; unload watchdog")
    t.human(f"mce 1 3 {UNCORRECTED:#x} 4 0x12345000 0x8c")
    panics(t, "^panic: machine check, and no module to read what it is about$")


@boot(smp=2)
def corrected_machine_check(t):
    t.human(f"mce 1 2 {CORRECTED:#x} 0 0x12345000 0x8c")
    t.wait_for(rf"CPU 1, bank 2: status {CORRECTED:x}, address 12345000, misc 8c$")
    runs_on(t, 0, 1)
    t.check(t.text.count("bank 2: status") == 1, "reported again")


@boot(smp=3)
def each_line_has_its_cpu(t):
    """The interrupts of a line come to one CPU, those of the next line to the next one."""
    lines = {}
    for row in t.run("irqs")[1:]:
        fields = row.split()
        if fields[0].isdigit():
            lines[int(fields[0])] = [cpu for cpu in range(3) if int(fields[1 + cpu]) > 0]
    t.check(4 in lines and lines[4] == [1], f"the serial line: {lines}")
    t.check(all(cpus in ([], [line % 3]) for line, cpus in lines.items()), f"{lines}")
