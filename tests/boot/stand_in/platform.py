"""A machine as firmware and boot loader hand it over, made up by a test.

    @boot(smp=3, platform=Platform(processors=listed(0, 1, 1, 2)))

QEMU starts enter.asm in place of its firmware; it puts the kernel, its boot files, the Multiboot2
information and the ACPI tables where a list says, leaves the devices as the list says, and enters the
kernel. So any memory map, any table and any state of a device can be tried, in half a second.
"""
import dataclasses
import os
import struct
import subprocess
import typing

from . import acpi

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = "enter.bin"  # beside the lists

LOADER_MAGIC = 0x36d76289  # Multiboot2, 3.3
INFORMATION = 0x20000
TABLES = 0x1f00000  # 1 MiB of ACPI memory
FILES = 0x2000000
PAGE = 4096

RAM, RESERVED, ACPI_MEMORY = 1, 2, 3  # types of memory (Multiboot2, 3.6.8)
SEGMENT_TO_LOAD = 1


def operation(number, *words):
    return struct.pack(f"<{1 + len(words)}I", number, *words)


def padded(data, size):
    return data + bytes(-len(data) % size)


def copy(to, data):
    data = padded(data, 4)
    return operation(1, to, len(data) // 4) + data


def clear(start, size):
    return operation(2, start, (size + 3) // 4)


def write_port(port, value):
    return operation(3, port, value)


def read_port(port):
    return operation(4, port)


def change_msr(index, clear_bits=0, set_bits=0):
    halves = [half for bits in (clear_bits, set_bits) for half in (bits & 0xffffffff, bits >> 32)]
    return operation(5, index, *halves)


def wait():
    """Sends a line with a full stop, and goes on when the test has sent a byte."""
    return operation(6)


@dataclasses.dataclass
class Platform:
    processors: typing.Optional[list] = None  # MADT entries; None: those that QEMU has
    wiring: list = dataclasses.field(default_factory=lambda: acpi.PC_WIRING)  # the other entries
    hpet: bool = True
    hpet_address: int = 0xfed00000
    fadt: dict = dataclasses.field(default_factory=dict)  # arguments of acpi.fadt
    tables: bool = True  # there is ACPI
    addresses: list = dataclasses.field(default_factory=list)  # more, in the root table
    memory: typing.Optional[list] = None  # [(start, size, type)]; None: as QEMU has it
    devices: list = dataclasses.field(default_factory=list)  # operations, before the kernel begins

    def acpi_tables(self, smp):
        """(RSDP, the bytes at TABLES)"""
        data = b""

        def place(table):
            nonlocal data
            data = padded(data, 64)
            data += table
            return TABLES + len(data) - len(table)

        processors = acpi.listed(*range(smp)) if self.processors is None else self.processors
        addresses = [place(acpi.fadt(place(acpi.dsdt()), **self.fadt)),
                     place(acpi.madt(processors + self.wiring))]
        if self.hpet:
            addresses.append(place(acpi.hpet(self.hpet_address)))
        return acpi.rsdp(place(acpi.root(self.addresses + addresses))), data

    def memory_map(self, size):
        if self.memory is not None:
            return self.memory
        return [(0, 0x9f000, RAM), (0x9f000, 0x1000, RESERVED), (0xf0000, 0x10000, RESERVED),
                (0x100000, TABLES - 0x100000, RAM), (TABLES, 0x100000, ACPI_MEMORY),
                (TABLES + 0x100000, size - TABLES - 0x100000, RAM)]

    def hand_over(self, config, kernel, modules):
        """The list for enter.asm. @modules: [(name, bytes)]."""
        size = int(config.mem.removesuffix("M")) << 20
        listed = b"".join(self.devices)
        segments, entry = load_segments(kernel)
        listed += segments
        tags = [tag(1, config.command_line.encode() + b"\0")]
        at = FILES
        for name, data in modules:
            listed += copy(at, data)
            tags.append(tag(3, struct.pack("<II", at, at + len(data)) + name.encode() + b"\0"))
            at += len(padded(data, PAGE))
        ranges = b"".join(struct.pack("<QQII", *part, 0) for part in self.memory_map(size))
        tags.append(tag(6, struct.pack("<II", 24, 0) + ranges))
        if self.tables:
            rsdp, tables = self.acpi_tables(config.smp)
            listed += copy(TABLES, tables)
            tags.append(tag(15, rsdp))
        tags.append(tag(0, b""))
        information = b"".join(tags)
        listed += copy(INFORMATION, struct.pack("<II", 8 + len(information), 0) + information)
        return listed + operation(0, entry, LOADER_MAGIC, INFORMATION)


def tag(kind, payload):
    """Multiboot2, 3.4: type, size, contents; the next one begins at a multiple of 8."""
    return padded(struct.pack("<II", kind, 8 + len(payload)) + payload, 8)


def load_segments(kernel):
    """(operations that put them where they belong, the entry)"""
    entry, table = struct.unpack_from("<QQ", kernel, 24)
    width, count = struct.unpack_from("<HH", kernel, 54)
    listed = b""
    for number in range(count):
        kind, _, offset, _, physical, in_file, in_memory, _ = struct.unpack_from(
            "<IIQQQQQQ", kernel, table + number * width)
        if kind != SEGMENT_TO_LOAD:
            continue
        listed += clear(physical, in_memory)
        if in_file:
            listed += copy(physical, kernel[offset:offset + in_file])
    return listed, entry


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write_list(path, config, kernel, modules):
    """@modules: [(name, path)]. The program goes beside the list."""
    program = os.path.join(os.path.dirname(path), PROGRAM)
    subprocess.run(["nasm", "-fbin", os.path.join(HERE, "enter.asm"), "-o", program], check=True)
    listed = config.platform.hand_over(config, read(kernel),
                                       [(name, read(file)) for name, file in modules])
    with open(path, "wb") as file:
        file.write(listed)
