"""Machines that are not QEMU's usual ones: tables that lie, devices that are absent or were left in
another state. Most are made up by stand_in/platform.py, in place of firmware and boot loader.
"""
from boot import boot
from machine import Failure, TripleFault
from stand_in.platform import Platform, change_msr

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

@boot(smp=1, cpu="qemu64,-apic", platform=Platform(tables=False), to_prompt=False, name="absent")
@boot(smp=1, platform=Platform(devices=[change_msr(0x1b, clear_bits=1 << 11)]), to_prompt=False,
      name="turned off for good")
def no_local_apic(t):
    panics(t, r"^panic: .*no local APIC.*")


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
