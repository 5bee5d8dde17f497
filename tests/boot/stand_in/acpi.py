"""ACPI tables as bytes (ACPI Specification 6.4, chapter 5): what a test says, right or wrong."""
import struct

OEM = struct.pack("<6s8sI4sI", b"STAND ", b"STAND IN", 1, b"TEST", 1)


def summed(data, at):
    """@data with the byte at @at such that all bytes add up to 0."""
    data = bytearray(data)
    data[at] = 0
    data[at] = -sum(data) & 0xff
    return bytes(data)


def table(signature, body, revision=1):
    header = struct.pack("<4sIBB", signature.encode(), 36 + len(body), revision, 0) + OEM
    return summed(header + body, 9)


# --- the MADT and its entries (5.2.12) ---

def local_apic(processor, apic_id, flags=1):
    return struct.pack("<BBBBI", 0, 8, processor, apic_id, flags)


def x2apic(processor, apic_id, flags=1):
    return struct.pack("<BBHIII", 9, 16, 0, apic_id, flags, processor)


def io_apic(address=0xfec00000, first=0):
    return struct.pack("<BBBBII", 1, 12, 0, 0, address, first)


def override(irq, interrupt, flags=0):
    return struct.pack("<BBBBIH", 2, 10, 0, irq, interrupt, flags)


def local_nmi(processor=0xff, flags=0, pin=1):
    return struct.pack("<BBBHB", 4, 6, processor, flags, pin)


def listed(*apic_ids):
    return [local_apic(number, apic_id) for number, apic_id in enumerate(apic_ids)]


PC_WIRING = [io_apic(), override(0, 2), override(9, 9, 0xd), local_nmi()]


def madt(entries):
    return table("APIC", struct.pack("<II", 0xfee00000, 1) + b"".join(entries), 3)


# --- the other tables ---

def hpet(address=0xfed00000):
    """IA-PC HPET 1.0a, 3.2.4."""
    return table("HPET", struct.pack("<IBBBBQBHB", 0x8086a201, 0, 64, 0, 0, address, 0, 0, 0))


def fadt(dsdt, timer=0x608, control=0x604, reduced=False):
    """5.2.9, of ACPI 2.0's length. @reduced: hardware-reduced ACPI, which has no such ports."""
    body = bytearray(244)
    struct.pack_into("<I", body, 40, dsdt)
    struct.pack_into("<I", body, 64, 0 if reduced else control)
    struct.pack_into("<I", body, 76, 0 if reduced else timer)
    struct.pack_into("<I", body, 112, 1 << 8 | (1 << 20 if reduced else 0))
    struct.pack_into("<Q", body, 140, dsdt)
    return table("FACP", bytes(body[36:]), 3)


def dsdt():
    """Name (_S5_, Package () {0, 0, 0, 0})"""
    return table("DSDT", bytes.fromhex("08 5f53355f 12 06 04 00000000"))


def root(addresses):
    return table("XSDT", struct.pack(f"<{len(addresses)}Q", *addresses))


def rsdp(xsdt):
    first = summed(struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"STAND ", 2, 0), 8)
    return summed(first + struct.pack("<IQB3x", 36, xsdt, 0), 32)
