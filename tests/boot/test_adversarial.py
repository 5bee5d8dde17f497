"""Hostile classes that need a machine to be hostile to: exhaustion, chaos from outside, many at once.
The files themselves are in hostile.py, the rest of the classes beside what they attack.
"""
import os
import random
import re
import struct

from boot import boot
import hostile
from stored import stored

BUILD = os.environ["TENON_BUILD"]
HOGS = 12
SLOTS = 4096


def many(prefix, count, change=lambda module: None):
    """The module `empty`, many times under names of their own."""
    with open(os.path.join(BUILD, "test-stage/empty.ko"), "rb") as file:
        good = hostile.Elf(file.read())
    found = {}
    for i in range(count):
        module, name = good.copy(), f"{prefix}_{i}"
        at = module.get(module.find(".tenon.module"), "offset") + 16
        module.data[at:at + 56] = name.encode().ljust(56, b"\0")
        change(module)
        found[f"{name}.ko"] = stored(module.data)
    return found


def hogs():
    """Modules with 24 MiB of .bss each."""
    return many("hog", HOGS, lambda module: module.set(module.find(".bss"), "size", 24 * 2**20))


@boot(smp=2, mem="128M", files=hogs)
@boot(smp=4, files=hogs, debug=True)
def memory_ends(t):
    """Loaded until memory ends: refused cleanly, and all of it comes back."""
    names = [f"hog_{i}" for i in range(HOGS)]
    t.run("load hog_0; unload hog_0")
    with t.same_memory():
        for _ in range(2):
            loaded = []
            for name in names:
                before = t.meminfo()
                t.run(f"load {name}")
                if name in t.lsmod():
                    loaded.append(name)
                    continue
                t.fails(f"load {name}", "ENOMEM")
                t.check(t.meminfo() == before, f"{name}: {before} before, {t.meminfo()} after")
            t.check(2 <= len(loaded) < HOGS, f"{len(loaded)} could be loaded")
            t.succeeds("load hello; hello; unload hello", "hello, world")
            t.succeeds("unload " + " ".join(loaded))
    t.note(f"{len(loaded)} modules of 24 MiB")


@boot(smp=2, alone=True, limit=900, silence=300, files=lambda: many("m", SLOTS))
def table_ends(t):
    """Loaded until the table of owners is full: refused cleanly, and each place can be had again."""
    t.run("load m_0; unload m_0")
    room = SLOTS - 1 - t.meminfo()["modules"]
    names = [f"m_{i}" for i in range(room)]
    with t.same_memory():
        for first in range(0, room, 32):
            t.run("{ " + "; ".join(f"load {name}" for name in names[first:first + 32]) + " } > /dev/null")
        before = t.meminfo()
        t.check(before["modules"] == SLOTS - 1, f"{before}")
        t.fails("load hello", "EAGAIN", "the table of 4095 modules is full")
        t.check(t.meminfo() == before, f"{before} before, {t.meminfo()} after")
        t.succeeds("unload m_77")
        t.succeeds("load hello; hello; unload hello", "hello, world")
        for first in range(0, room, 32):
            leaving = [name for name in names[first:first + 32] if name != "m_77"]
            t.succeeds("unload " + " ".join(leaving) + " > /dev/null")


@boot(smp=4, alone=True, limit=900, silence=300)
def interrupted_by_nmis(t):
    """A thousand NMIs from the monitor while modules come and go; every CPU has counted some."""
    t.run("load hello; unload hello")
    with t.same_memory():
        t.run("{ on 1 repeat 3000 { load hello; unload hello } } > /dev/null & true")
        for _ in range(1000):
            t.human("nmi")
        t.run("wait")
        t.run("unload hello > /dev/null")
    row = next(line.split() for line in t.run("irqs") if line.startswith("NMI"))
    t.check(len(row) == 5 and all(int(n) > 0 for n in row[1:]), f"{row}")
    t.note(f"NMIs counted: {' '.join(row[1:])}")


@boot(smp=4, alone=True, limit=900, silence=300)
def stopped_and_continued(t):
    """The whole machine stands still at random; nobody takes that for a module that hangs."""
    chance = random.Random(1)
    with t.same_memory():
        t.run("{ repeat 4000 { load hello; hello; unload hello } } > /dev/null & true")
        for _ in range(60):
            t.human("stop")
            t.quiet(chance.random() * chance.choice((0.01, 0.5)))
            t.human("cont")
            t.quiet(chance.random() * 0.05)
        t.run("lsmod", "^shell ")
        t.run("wait")
    t.check("has not come back" not in t.text, "a false watchdog")


STATE = os.path.join(BUILD, "state.qcow2")


def state_disk():
    """Makes an empty disk to save the machine's state on: header, counts of clusters and tables of
    qcow2. Nothing of it is a file for /modules."""
    cluster = 65536
    header = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, cluster, 0, 1, 3 * cluster, cluster, 1, 0, 0)
    content = b"".join(part.ljust(cluster, b"\0") for part in
                       (header, struct.pack(">Q", 2 * cluster), struct.pack(">4H", 1, 1, 1, 1), b""))
    with open(STATE, "wb") as file:
        file.write(content)
    return {}


@boot(smp=4, alone=True, limit=900, silence=300, files=state_disk,
      qemu=["-drive", f"if=none,id=state,format=qcow2,file={STATE}"])
def saved_and_loaded(t):
    """Thrown back in time in the middle of loading, again and again."""
    with t.same_memory():
        t.run("{ repeat 3000 { load hello; hello; unload hello } } > /dev/null & true")
        for i in range(12):
            if i % 4 == 0:
                said = t.human("savevm here")
                t.check("rror" not in said, said)
            t.quiet(0.05)
            said = t.human("loadvm here")
            t.check("rror" not in said, said)
            t.quiet(0.02)
        t.quiet(0.5)
        # What was printed before it was thrown back is printed again on the same row of the line: a new row.
        t.send("\r")
        t.wait_for(r"\n(?:.*\n)*tenon> \Z")
        t.run("lsmod", "^shell ")
        t.run("wait")
    t.succeeds("load hello")
    t.succeeds("unload hello")


@boot(smp=2, alone=True, limit=900, silence=300)
@boot(smp=4, alone=True, limit=900, silence=300)
def unloaded_by_two(t):
    """Two unload the same module at once: each time exactly one of them succeeds."""
    rounds = 300
    t.run("load empty; unload empty")
    with t.same_memory():
        lines = t.run(f"repeat {rounds} {{ load empty; on 0 unload empty & on 1 unload empty & wait }}")
    count = {text: sum(bool(re.search(text, line)) for line in lines)
             for text in (r"^empty: loaded$", r"^empty: unloaded$", r"\((EBUSY|ENOENT)\)$")}
    t.check(list(count.values()) == [rounds] * 3, f"{count}")


@boot(smp=4, alone=True, limit=900, silence=300)
def looked_at_meanwhile(t):
    """lsmod ten thousand times while modules come and go: each row is whole."""
    with t.same_memory():
        t.run("{ on 1 repeat 3000 { load hello; unload hello } } > /dev/null & "
              "{ on 2 repeat 3000 { load consumer; unload consumer provider } } > /dev/null & "
              "{ on 3 repeat 10000 lsmod } > /dev/null & true")
        for _ in range(100):
            for line in t.run("lsmod"):
                t.check(re.fullmatch(r"\w+ +\d+ +\d+ +(loading|live|unloading) +\S+|Module .*|(tenon> .*)?", line),
                        line)
        t.run("wait")


@boot(smp=4)
def names_outlive_nobody(t):
    """Nothing that is listed points into a module that has gone (B-P3)."""
    with t.same_memory():
        for _ in range(3):
            t.run("load talker; load counter; load ticker; load hello who=someone")
            t.run("help talker", r"^talker \\x1b")
            t.run("unload talker counter ticker hello")
            came = "\n".join(t.run("help; ls /dev; lsmod -v; irqs; threads; mounts"))
            t.check(not re.search("talker|counter|ticker|hello|someone", came), came)
