"""Disks: what is read and written is what the host has, many requests at once, and each way in which a disk
or its driver ends while it is used."""
import os
import struct
import tempfile

from boot import boot
from liar import LIES, Liar
from test_ending import force_out, is_well
from test_rules import state

MIB = 1 << 20
PORT = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off", "-device", "pcie-root-port,id=rp1,slot=1"]


# Driver: QEMU's device, its node, all that is loaded with it.
KINDS = {"virtio_blk": ("virtio-blk-pci", "vda", "virtio_blk virtio"), "nvme": ("nvme,serial=tenon", "nvme0n1", "nvme"), "ahci": ("ide-hd,bus=ahci.0", "sda", "ahci")}
AHCI = ["-device", "ich9-ahci,id=ahci"]


class Disk:
    """A raw image in which each 8 bytes are their own offset, and how QEMU gets it."""

    def __init__(self, driver="virtio_blk", size=16 * MIB, options="", drive="", config="", before=()):
        self.device, self.node, self.modules = KINDS[driver]
        self.driver, self.size, self.options, self.drive, self.config = driver, size, options, drive, config
        self.before, self.files = list(before), []

    def file(self, data):
        file = tempfile.NamedTemporaryFile(prefix="tenon-disk.")
        file.write(data)
        file.flush()
        self.files.append(file)
        return file.name

    def __call__(self):
        self.files = []
        name = self.path = self.file(b"".join(struct.pack("<Q", at) for at in range(0, self.size, 8)))
        if self.config:
            name = f"blkdebug:{self.file(self.config.encode())}:{name}"
        return self.before + ["-drive", f"id=d0,if=none,format=raw,file={name}{self.drive}",
                              "-device", f"{self.device},drive=d0,id=disk{self.options}"]

    def words(self, first, count):
        """The numbers that stand in the image from sector @first on."""
        with open(self.path, "rb") as file:
            file.seek(first * 512)
            return struct.unpack(f"<{count * 64}Q", file.read(count * 512))


def right(t, what, first, count, depth, key=0):
    t.succeeds(f"block_user {what} {first} {count} {depth} {key}", f"^{count} pieces, 0 errors, 0 wrong, 0 lent$")


def opened(t):
    disk = t.config.qemu
    t.succeeds(f"load {disk.driver}", f"{disk.driver}: .*: {disk.node}, {disk.size // 1024} KiB", f"^{disk.driver}: loaded$")
    t.succeeds(f"load block_user; block_user open {disk.node}")
    return disk


@boot(smp=4, qemu=Disk())
@boot(smp=1, qemu=Disk())
@boot(smp=4, qemu=Disk(), machine="pc")
@boot(smp=4, qemu=Disk(), firmware="uefi")
@boot(smp=4, qemu=Disk(), debug=True)
@boot(smp=2, qemu=Disk(options=",vectors=0"), name="by a wire")
@boot(smp=2, qemu=Disk(options=",queue-size=4,seg-max-adjust=off"), name="four places")
@boot(smp=2, qemu=Disk(options=",logical_block_size=4096,physical_block_size=4096"), name="blocks of 4 KiB")
@boot(smp=4, qemu=Disk("nvme"), name="nvme")
@boot(smp=1, qemu=Disk("nvme"), name="nvme", machine="pc")
@boot(smp=4, qemu=Disk("nvme"), name="nvme", firmware="uefi", debug=True)
@boot(smp=2, qemu=Disk("nvme", options=",logical_block_size=4096,physical_block_size=4096"), name="nvme, blocks of 4 KiB")
@boot(smp=2, qemu=Disk("nvme", options=",mdts=1"), name="nvme, short requests")
@boot(smp=4, qemu=Disk("ahci", before=AHCI), name="ahci")
@boot(smp=1, qemu=Disk("ahci", before=AHCI), name="ahci", machine="pc")
@boot(smp=4, qemu=Disk("ahci", before=AHCI), name="ahci", firmware="uefi", debug=True)
def reads_and_writes(t):
    """Through a handle, many at once, and as a file; the host sees the same bytes."""
    disk = opened(t)
    right(t, "read", 0, 4096, 1)
    right(t, "read", 0, 4096, 32)
    right(t, "write", 800, 1000, 64, 0x5555)
    t.succeeds("block_user flush")
    right(t, "read", 800, 1000, 16, 0x5555)
    right(t, "read", 8800, 64, 16)
    t.check(disk.words(800, 8000) == tuple(at ^ 0x5555 for at in range(800 * 512, 8800 * 512, 8)), "on the host")
    t.check(t.run("block_user refused") == ["0 taken"], "what must be refused")
    if disk.driver == "ahci":
        t.fails("block_user discard 1600 16", "EOPNOTSUPP")
    else:
        t.succeeds("block_user discard 1600 16")
    t.succeeds("lsblk", rf"^{disk.node} +16384 +\d+ rw +{disk.driver}$")
    t.succeeds(f"cat /dev/{disk.node} | wc -c", f"^{disk.size}$")
    t.succeeds(f"echo across an edge > /dev/{disk.node}; head -n 1 /dev/{disk.node}", "^across an edge$")
    with open(disk.path, "rb") as file:
        t.check(file.read(24) == b"across an edge\n" + struct.pack("<QQ", 8, 16)[7:], "and nothing beside it")
    t.check(any(line.endswith((disk.node, disk.driver)) for line in t.run("irqs")), "its interrupts")
    t.check(t.run("ls /dev").count(disk.node) == 1, "its node")
    t.succeeds("block_user close; unload block_user; load block_user piece=376")
    t.succeeds(f"block_user open {disk.node}")
    if "short" in t.config.name:
        t.fails("block_user read 376 10 4", "EINVAL", "10 errors")
    else:
        right(t, "write", 376, 64, 8, 0xaa)
        right(t, "read", 376, 64, 5, 0xaa)


@boot(smp=2, qemu=Disk(drive=",readonly=on"))
def read_only(t):
    opened(t)
    right(t, "read", 0, 16, 4)
    t.fails("block_user write 0 16 4", "EROFS", "16 errors")
    t.fails("block_user discard 0 16", "EROFS")
    t.fails("echo text > /dev/vda", "EROFS")
    t.succeeds("lsblk", "^vda +16384 +512 ro +virtio_blk$")


@boot(smp=4, qemu=Disk(), limit=900)
@boot(smp=1, qemu=Disk(), limit=900)
@boot(smp=4, qemu=Disk(), debug=True, limit=900)
@boot(smp=4, qemu=Disk("nvme"), name="nvme", limit=900)
@boot(smp=4, qemu=Disk("ahci", before=AHCI), name="ahci", limit=900)
def rounds(t):
    """500 rounds of load, use and unload, with nothing left."""
    disk = opened(t)
    t.succeeds(f"block_user close; unload {disk.driver}")
    with t.same_memory():
        for _ in range(10):
            t.run(f"{{ repeat 50 {{ load {disk.driver} && block_user open {disk.node} && block_user read 0 64 16 && "
                  f"block_user close && unload {disk.driver} }} }} > /dev/null && echo all right", "^all right$")
    others = disk.modules.removeprefix(disk.driver)
    t.succeeds(f"unload block_user {others} block io_buffer")
    t.check("left behind" not in t.text, "each has given back what it took")


@boot(smp=2, qemu=Disk())
def in_use(t):
    """What uses it holds it, by name; what holds it can be forced off."""
    opened(t)
    t.fails("unload virtio_blk", "EBUSY", "blkdev vda")
    t.succeeds("block_user close")
    with t.same_memory():
        t.succeeds("unload virtio_blk; load virtio_blk; block_user open vda")
        right(t, "read", 0, 64, 8)
        t.succeeds("block_user close")
    t.succeeds("block_user open vda")
    t.fails("unload virtio_blk > /dev/null; unload virtio_blk < /dev/vda", "EBUSY")
    force_out(t, "virtio_blk")
    t.fails("block_user read 0 16 4", "ENODEV", "16 errors, 0 wrong, 0 lent")
    t.succeeds("load virtio_blk")
    t.fails("block_user read 0 16 4", "ENODEV")
    t.succeeds("block_user close; block_user open vda")
    right(t, "read", 0, 64, 8)
    t.succeeds("unload block_user", "left behind|unloaded")
    t.succeeds("unload virtio_blk virtio block io_buffer")
    is_well(t)


@boot(smp=2, qemu=Disk("ahci", before=AHCI, config='[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "800"\n'), name="ahci")
@boot(smp=2, qemu=Disk(config='[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "800"\n'))
def bad_sector(t):
    """One request fails, no other one."""
    disk = opened(t)
    t.fails("block_user read 0 1000 1", "EIO", "^1000 pieces, 1 errors, 0 wrong, 0 lent$")
    right(t, "read", 1600, 100, 32)


@boot(smp=4, qemu=Disk(drive=",throttling.bps-total=32768"))
@boot(smp=4, qemu=Disk("nvme", drive=",throttling.bps-total=2048"), name="nvme")
@boot(smp=4, qemu=Disk("ahci", before=AHCI, drive=",throttling.bps-total=2048"), name="ahci")
def does_not_answer(t):
    """A disk that takes longer than it may is reset: what was under way ends with an error, and it goes on."""
    t.succeeds("load block patience=1")
    disk = opened(t)
    t.fails("block_user read 0 64 64", "EIO", f"block: {disk.node}: no answer for 1 s; it is reset$",
            f"{disk.driver}: {disk.node}: reset: it answers again$", "0 wrong, 0 lent$")
    t.check(t.text.count("it answers again") == (2 if disk.driver == "ahci" else 1), "once for all that it has at once")
    t.succeeds(f"block_user close; unload {disk.driver}; load {disk.driver}; block_user open {disk.node}")
    if disk.driver != "virtio_blk":
        return  # what was begun before the reset is paid for by what comes after
    t.succeeds("echo 60 > /sys/module/block/parameters/patience")
    right(t, "read", 0, 4, 1)


@boot(smp=4, qemu=Disk(drive=",throttling.bps-total=32768"))
@boot(smp=4, qemu=Disk("nvme", drive=",throttling.bps-total=32768"), name="nvme")
@boot(smp=4, qemu=Disk("ahci", before=AHCI, drive=",throttling.bps-total=32768"), name="ahci")
def forced_out_under_way(t):
    """Requests that are under way when the driver is forced out end with an error, and nothing is lent any more."""
    disk = opened(t)
    t.succeeds("block_user begin 64")
    t.fails(f"unload {disk.driver}", "EBUSY", f"blkdev {disk.node}")
    force_out(t, f"{disk.driver}")
    t.fails("block_user end", "EIO", r"^[1-9]\d* errors, 0 wrong, 0 lent$")
    t.succeeds(f"block_user close; load {disk.driver}; block_user open {disk.node}; block_user close")
    t.succeeds(f"unload block_user {disk.modules} block io_buffer")
    is_well(t)


@boot(smp=4, qemu=Disk(options=",bus=rp1", before=PORT, drive=",throttling.bps-total=32768"))
@boot(smp=4, qemu=Disk(options=",bus=rp1", before=PORT, drive=",throttling.bps-total=32768"), debug=True)
@boot(smp=4, qemu=Disk("nvme", options=",bus=rp1", before=PORT, drive=",throttling.bps-total=32768"), name="nvme")
def pulled_out(t):
    """Under traffic, with the file open as well: errors, and the driver can be unloaded when all is closed."""
    disk = opened(t)
    t.succeeds(f"block_user begin 64; cat /dev/{disk.node} > /dev/null &")
    t.monitor("device_del", id="disk")
    t.wait_for("pci: 01:00.0: removed")
    t.fails("block_user end", "EIO", r"^[1-9]\d* errors, 0 wrong, 0 lent$")
    t.run("wait")
    t.check(f"cat: /dev/{disk.node}: input or output error (EIO)" in t.text, "the file's reader, too")
    t.fails("block_user read 0 16 4", "EIO", "16 errors")
    t.fails(f"unload {disk.driver}", "EBUSY", f"blkdev {disk.node}")
    t.succeeds("block_user close")
    t.check(t.run("block_user open vdb")[0].endswith("(ENOENT)"), "none beside it")
    t.succeeds(f"unload {disk.driver}; load {disk.driver}")
    t.check(disk.node not in "\n".join(t.run("lsblk")), "it is gone")
    is_well(t)


@boot(smp=4, qemu=PORT)
def plugged_in(t):
    """A disk that comes later is found, and one that goes takes its memory along."""
    t.succeeds("load virtio_blk")

    def cycle(name):
        t.monitor("blockdev-add", driver="null-co", size=16 * MIB, **{"node-name": "node" + name, "read-zeroes": True})
        t.monitor("device_add", driver="virtio-blk-pci", drive="node" + name, id=name, bus="rp1")
        t.wait_for("virtio_blk: 01:00.0: vda, 16384 KiB")
        t.succeeds("head -n 1 /dev/vda > /dev/null")
        t.monitor("device_del", id=name)
        t.wait_for("pci: 01:00.0: removed")
        t.succeeds("auto on; auto off")
        t.check("vda" not in "\n".join(t.run("lsblk")), "it is gone")

    cycle("first")
    with t.same_memory():
        for number in range(5):
            cycle(f"hot{number}")


@boot(smp=2, qemu=Disk())
@boot(smp=2, qemu=Disk("nvme"), name="nvme")
@boot(smp=2, qemu=Disk("ahci", before=AHCI), name="ahci")
def no_memory(t):
    """Whatever fails while the driver is loaded, nothing is left."""
    disk = t.config.qemu
    t.succeeds(f"load {disk.driver}; unload {disk.driver}")
    with t.same_memory():
        for step in range(1, 400):
            lines = t.run(f"failnth {step} load {disk.driver}")
            t.run(f"unload {disk.driver}")
            if any("not reached" in line for line in lines):
                break
        t.check(step > 20, f"{step} steps")
        t.note(f"{step} steps")


@boot(smp=2, qemu=Disk(), words="auto")
def automatic(t):
    """With the word `auto` the disk is there at the prompt's first command."""
    t.succeeds("auto on; lsblk", "^vda ")
    t.succeeds("unload virtio_blk")
    t.check(os.path.getsize(t.config.qemu.path) == 16 * MIB and state(t, "virtio") == "live", "untouched")


@boot(smp=2, qemu=Liar())
@boot(smp=4, qemu=Liar(), debug=True)
def lies(t):
    """What a device says of a request is compared with what it was given: an error, and the next one is well."""
    disk = t.config.qemu
    t.succeeds("load virtio_blk; load block_user; block_user open vda; block_user begin 1")
    t.run("block_user end", "0 errors")
    with t.same_memory():
        for lie in LIES:
            if lie in ("none", "nothing"):
                continue
            disk.lie = lie
            t.succeeds("block_user begin 1")
            t.fails("block_user end", "EIO", "^1 errors, .* 0 lent$")
            disk.lie = "none"
            t.succeeds("block_user begin 8; block_user end", "^0 errors, .* 0 lent$")
    said = [t.text.count(f"queue 0 is broken: the device says {word} ") for word in ("identifier", "length", "index")]
    t.check(said == [2, 1, 3], f"each is told: {said}")
    t.succeeds("block_user close; unload block_user virtio_blk virtio block io_buffer")
    is_well(t)


@boot(smp=2, qemu=Liar())
def says_nothing(t):
    """A device that never answers is reset; one that does not answer while its driver leaves is not waited for."""
    t.config.qemu.lie = "nothing"
    t.succeeds("load block patience=1; load virtio_blk; load block_user; block_user open vda; block_user begin 64")
    t.fails("block_user end", "EIO", "^64 errors, 0 wrong, 0 lent$")
    t.succeeds("block_user begin 3")
    force_out(t, "virtio_blk")
    t.fails("block_user end", "EIO", "^3 errors, 0 wrong, 0 lent$")
    t.config.qemu.lie = "none"
    t.succeeds("block_user close; load virtio_blk; block_user open vda; block_user begin 3; block_user end", "^0 errors")


@boot(smp=2, qemu=Liar(sectors=0), name="no sectors")
@boot(smp=2, qemu=Liar(sectors=(1 << 64) - 1), name="too many sectors")
@boot(smp=2, qemu=Liar(block_size=0), name="blocks of 0")
@boot(smp=2, qemu=Liar(block_size=513), name="blocks of 513")
@boot(smp=2, qemu=Liar(block_size=1 << 20), name="blocks of 1 MiB")
@boot(smp=2, qemu=Liar(segments=0), name="no segments")
@boot(smp=2, qemu=Liar(segments=(1 << 32) - 1), name="too many segments")
def lies_of_itself(t):
    """A size or a limit that cannot be: no disk, or one within bounds; and nothing is left."""
    t.run("load virtio_blk; unload virtio_blk")
    with t.same_memory():
        t.succeeds("load virtio_blk")
        if "segments" in t.config.name:
            t.succeeds("load block_user; block_user open vda; block_user begin 8; block_user end; block_user close",
                       "^0 errors")
            t.succeeds("unload block_user")
        else:
            t.check("vda" not in "\n".join(t.run("lsblk")), "no disk")
            t.check("virtio_blk: 00:03.0: no disk: " in t.text, "and it is said")
        t.succeeds("unload virtio_blk")


@boot(smp=2)
@boot(smp=4, firmware="uefi", debug=True)
def boot_cd(t):
    """The CD that the machine has booted from, block by block; a drive without a disc is no error."""
    with t.same_memory():
        t.succeeds("load ahci", r"ahci: 00:1f\.2: port 2: sr0, \d+ KiB", "^ahci: loaded$")
        t.succeeds("lsblk", r"^sr0 +\d+ +2048 ro +ahci$")
        image = os.path.getsize(next(word for word in t.process.args if word.endswith(".iso")))
        t.check(t.run("cat /dev/sr0 | wc -c") == [str(image)], f"not {image} bytes")
        t.fails("echo text > /dev/sr0", "EROFS")
        t.succeeds("unload ahci block io_buffer")
