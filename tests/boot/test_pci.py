"""PCI: what is found, interrupts of each kind, drivers that come, go, fail, and devices that do."""
from boot import boot
from stand_in.platform import Platform
from test_ending import force_out, is_well
from test_rules import state

EDU = ["-device", "edu"]
TWO_EDUS = EDU + EDU
PORT = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off", "-device", "pcie-root-port,id=rp1,slot=1"]
WORKS = r"^0\d:\d\d\.0: id 010000ed, alive, interrupts$"


def rows(t):
    """The rows of lspci by device: (identifier, class, driver)."""
    return {line.split()[0]: tuple(line.split()[1:4]) for line in t.run("lspci")[1:]}


def plug(t, driver, name, **properties):
    t.monitor("device_add", driver=driver, id=name, **properties)


def unplug(t, name):
    t.monitor("device_del", id=name)


@boot(smp=1, qemu=EDU)
@boot(smp=4, qemu=EDU, firmware="uefi")
@boot(smp=4, qemu=EDU, machine="pc")
@boot(smp=1, qemu=EDU, machine="pc", firmware="uefi")
@boot(smp=2, qemu=EDU, debug=True)
def found(t):
    """By memory on q35, by ports on pc; and a driver gets the device that is there."""
    there = rows(t)
    host = "8086:29c0" if t.config.machine == "q35" else "8086:1237"
    t.check(there["00:00.0"] == (host, "060000", "-"), f"the host bridge: {there}")
    edu = [name for name, row in there.items() if row == ("1234:11e8", "00ff00", "-")]
    t.check(len(edu) == 1, f"the device: {there}")
    with t.same_memory():
        t.succeeds("load pci_edu", f"pci_edu: {edu[0]}: taken", "^pci_edu: loaded$")
        t.check(rows(t)[edu[0]][2] == "pci_edu", "its driver")
        t.succeeds("pci_edu copy", WORKS, "^copies$")
        t.succeeds("lspci -v", "^  module: pci_edu$", "^  bar 0: 1048576 bytes of memory$", "^  bus master: on$",
                   r"^  interrupts: MSI, irq \d+$")
        t.succeeds("unload pci_edu", f"pci_edu: {edu[0]}: given back", "^pci_edu: unloaded$")
        t.check("bus master: on\n  interrupts: MSI, irq" not in "\n".join(t.run("lspci -v")), "it is turned off")
    t.succeeds("unload pci")
    t.fails("lspci", "ENOENT")
    t.succeeds("load pci")
    t.check(rows(t) == there, "the same devices")


@boot(smp=2, machine="pc", qemu=["-device", "e1000"])
@boot(smp=2, qemu=["-device", "e1000"])
@boot(smp=2, qemu=["-device", "e1000"], firmware="uefi")
@boot(smp=2, machine="pc", qemu=["-device", "e1000"], firmware="uefi")
def interrupt_by_wire(t):
    """A device without messages uses the line that firmware has wired it to."""
    with t.same_memory():
        t.succeeds("load pci_wire")
        for _ in range(3):
            t.succeeds("pci_wire", "^interrupts$")
        t.succeeds("lspci -v", r"^  interrupts: line, irq \d+$")
        t.succeeds("unload pci_wire")


@boot(smp=4, qemu=TWO_EDUS)
def spread_over_cpus(t):
    """Each message goes to one CPU, the next to another; irqs shows it."""
    t.succeeds("load pci_edu")
    for _ in range(20):
        t.succeeds("pci_edu", WORKS, WORKS)
    counts = [[int(word) for word in line.split()[1:5]] for line in t.run("irqs") if line.endswith("  pci_edu")]
    t.check(len(counts) == 2, f"a row each: {counts}")
    cpus = [{cpu for cpu, count in enumerate(row) if count} for row in counts]
    t.check(all(len(cpu) == 1 for cpu in cpus) and cpus[0] != cpus[1], f"a CPU each, another one: {counts}")
    t.check(all(sum(row) == 20 for row in counts), f"one an order: {counts}")


@boot(smp=4, qemu=TWO_EDUS, limit=900)
@boot(smp=1, qemu=EDU, machine="pc", limit=900)
@boot(smp=4, qemu=EDU, debug=True, limit=900)
def rounds(t):
    """500 rounds of load, use and unload, with nothing left."""
    t.succeeds("load pci_edu; pci_edu; unload pci_edu")
    with t.same_memory():
        for _ in range(10):
            t.run("{ repeat 50 { load pci_edu && pci_edu && unload pci_edu } } > /dev/null && echo all right",
                  "^all right$")
    t.check("silent" not in t.text and "masked" not in t.text, "each interrupt came")


@boot(smp=2, qemu=EDU)
@boot(smp=2, qemu=EDU, debug=True)
def faults(t):
    """A fault of the driver is its own; the device is turned off in that moment, and free for the next."""
    t.succeeds("load pci_edu")
    with t.same_memory():
        t.succeeds("unload pci_edu; load pci_edu fault=command")
        t.run("pci_edu", "fault: ")
        t.check(state(t, "pci_edu") == "failed", "it has failed")
        force_out(t, "pci_edu")
        t.run("load pci_edu fault=probe", "fault: ")
        force_out(t, "pci_edu")
        t.succeeds("load pci_edu fault=remove")
        t.run("unload pci_edu", "fault: ")
        force_out(t, "pci_edu")
        t.succeeds("load pci_edu")
        t.succeeds("pci_edu", WORKS)
    t.check("master: on" in "\n".join(t.run("lspci -v")), "on with a driver")
    t.succeeds("unload pci_edu; load pci_edu fault=command")
    t.run("pci_edu", "fault: ")
    t.check("bus master: on" not in "\n".join(t.run("lspci -v")).split("1234:11e8")[1].split("\n0")[0], "off without")
    is_well(t)


@boot(smp=2, qemu=PORT + EDU)
@boot(smp=2, qemu=PORT + EDU, debug=True)
def refused_by_several(t):
    """Drivers that refuse a device, or give it back twice, are asked a bounded number of times, and harm no other;
    bridges are for none of them."""
    with t.same_memory():
        t.succeeds("load pci_refuses")
        t.succeeds("load pci_edu", silence=30)
        t.succeeds("pci_edu", WORKS)
        t.check(int(t.run("pci_refuses")[0]) < 20, f"asked {t.run('pci_refuses')} times")
        t.succeeds("unload pci_edu")
        t.check("left behind" not in t.text, "its exit was not told of its device")
        t.run("lspci -v")
        plug(t, "edu", "hot", bus="rp1")
        t.succeeds("load pci_edu")
        for _ in range(200):
            if len(t.run("pci_edu")) == 2:
                break
        t.check(len(t.run("pci_edu")) == 2, "the device behind the bridge is not found")
        unplug(t, "hot")
        for _ in range(200):
            if len(t.run("pci_edu")) == 1:
                break
        t.succeeds("unload pci_edu pci_refuses")
    is_well(t)


@boot(smp=2, qemu=EDU)
def claims(t):
    """What a driver claims stands in its file; without, it is refused with the line that declares it."""
    t.succeeds("modinfo pci_edu", r"^alias: +pci:v00001234d000011E8sv\*sd\*bc\*sc\*i\*$")
    with t.same_memory():
        t.fails("load pci_claims what=none", "EINVAL", r"pci_driver none: it claims no device: add .*PCI_CLAIM\(")
        t.fails("load pci_claims what=hand", "EINVAL", r"pci_driver by_hand: a claim is not in .modinfo: .*PCI_CLAIM\(")
        t.fails("load pci_claims what=wild", "EINVAL", r"claims\[0\] is not in memory of its owner")
        t.succeeds("load pci_edu refuse=1")
        t.check(all(row[2] == "-" for row in rows(t).values()), "a driver that wants no device has none")
        t.succeeds("unload pci_edu")
    t.fails("unload pci; load pci_edu; unload pci", "EBUSY", "module pci_edu depends on it")


@boot(smp=2, qemu=EDU, words="auto")
@boot(smp=2, qemu=EDU)
def automatic(t):
    """The driver of a device that is there is loaded, and of one that no file is for none."""
    if t.config.words:
        t.check("the word auto" not in t.text, "the word is known")
        t.succeeds("auto on")
    else:
        t.check(t.run("auto") == ["off"] and "pci_edu" not in t.lsmod(), "it is off at first")
        t.succeeds("auto on", "pci_edu: 00:0.*: taken")
    t.check(t.run("auto") == ["on"] and "pci_edu" in t.lsmod(), "its driver")
    t.succeeds("pci_edu", WORKS)
    t.succeeds("unload pci_edu; auto on; auto off")
    t.check("pci_edu" in t.lsmod(), "it looks again when it is told to")
    t.fails("auto maybe", "EINVAL")


def until_forgotten(t, device):
    """It is listed until the thread of pci has ended what it had, after the line that it was removed."""
    for _ in range(500):
        if device not in rows(t):
            return
    t.check(False, f"{device} is still listed")


def hot_plugged(t, cycles):
    for _ in range(cycles):
        plug(t, "edu", "hot", bus="rp1")
        t.wait_for(r"pci_edu: 01:00\.0: taken")
        t.succeeds("pci_edu", r"^01:00\.0: id 010000ed, alive, interrupts$")
        unplug(t, "hot")
        t.wait_for(r"pci: 01:00\.0: removed")
        t.wait_for(r"pci_edu: 01:00\.0: given back")
        t.fails("pci_edu", "ENODEV")
        until_forgotten(t, "01:00.0")


@boot(smp=4, qemu=PORT)
@boot(smp=1, qemu=PORT)
@boot(smp=4, qemu=PORT, firmware="uefi")
@boot(smp=4, qemu=PORT, debug=True)
def hot_plug(t):
    """A device that is plugged in finds its driver, and one that is taken out leaves it."""
    t.succeeds("load pci_edu")
    hot_plugged(t, 1)
    with t.same_memory():
        hot_plugged(t, 5)
    plug(t, "edu", "hot", bus="rp1")
    t.wait_for(r"pci_edu: 01:00\.0: taken")
    t.succeeds("unload pci_edu", r"pci_edu: 01:00\.0: given back")
    unplug(t, "hot")
    t.wait_for(r"pci: 01:00\.0: removed")
    until_forgotten(t, "01:00.0")
    is_well(t)


@boot(smp=4, qemu=PORT, words="auto")
def hot_plug_and_auto(t):
    plug(t, "edu", "hot", bus="rp1")
    t.wait_for(r"pci_edu: 01:00\.0: taken")
    t.succeeds("auto on; pci_edu", r"^01:00\.0: id 010000ed, alive, interrupts$")


@boot(smp=4, qemu=PORT + ["-device", "edu,bus=rp1,id=hot"])
def faults_when_it_is_taken_out(t):
    t.succeeds("load pci_edu fault=remove", r"pci_edu: 01:00\.0: taken")
    unplug(t, "hot")
    t.wait_for("fault: ")
    t.run("auto on; auto off")
    t.check(state(t, "pci_edu") == "failed" and "01:00.0" not in rows(t), f"failed, and the device is gone: {rows(t)}")
    force_out(t, "pci_edu")
    is_well(t)


@boot(smp=2, platform=Platform(), machine="microvm", machine_options=["pit=on", "pic=on"], bare=True)
def without_pci(t):
    """A machine that has none: nothing is listed, and the module comes and goes."""
    t.check(rows(t) == {}, "nothing is there")
    with t.same_memory():
        t.succeeds("unload pci; load pci")
