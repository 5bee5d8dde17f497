#!/usr/bin/env python3
"""Writes the seeds of lib/'s fuzzers below tests/fuzz/corpus, from the descriptions in here.

The seeds are kept in the repository, so that a run needs nothing but them; this file says what they
are. Run it after a change of one: tests/fuzz/make_corpus.py
"""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"


def pad(data, multiple):
    return data + bytes(-len(data) % multiple)


def cpio(*entries):
    """entries: (name, mode, bytes)"""
    out = b""
    for name, mode, data in entries + (("TRAILER!!!", 0, b""),):
        text = name.encode() + b"\0"
        fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(text), 0)
        out += pad(b"070701" + b"".join(b"%08X" % field for field in fields) + text, 4)
        out += pad(data, 4)
    return out


def multiboot2(*tags):
    """tags: (type, payload)"""
    body = b"".join(pad(struct.pack("<II", kind, len(data) + 8) + data, 8)
                    for kind, data in tags + ((0, b""),))
    return struct.pack("<II", len(body) + 8, 0) + body


def table(signature, body, sum_at=9):
    data = bytearray(struct.pack("<4sIBB6s8sIII", signature, 36 + len(body), 3, 0, b"TENON ",
                                 b"SEED    ", 1, 0, 1) + body)
    data[sum_at] = -sum(data) & 0xff
    return bytes(data)


def psf1(mode, height, unicode=b""):
    glyphs = 512 if mode & 1 else 256
    return struct.pack("<HBB", 0x0436, mode, height) + bytes(glyphs * height) + unicode


def psf2(glyphs, width, height, flags=0, unicode=b""):
    size = height * ((width + 7) // 8)
    head = struct.pack("<8I", 0x864ab572, 0, 32, flags, glyphs, size, height, width)
    return head + bytes(range(256))[:glyphs * size % 256] + bytes(glyphs * size // 256 * 256) + unicode


MADT = (struct.pack("<II", 0xfee00000, 1) + bytes.fromhex(
    "0008000001000000" "010c020000 00c0fe00000000".replace(" ", "") +
    "020a0000020000000000" "0406ff050001" "050c00000000000001000000" "0902"))
MEMORY = struct.pack("<II", 24, 0) + b"".join(
    struct.pack("<QQII", start, length, kind, 0)
    for start, length, kind in ((0, 0x9fc00, 1), (0x100000, 0xff00000, 1), (0xfffc0000, 0x40000, 2)))
SCREEN = struct.pack("<QIIIBBH6B", 0xfd000000, 4096, 1024, 768, 32, 1, 0, 16, 8, 8, 8, 0, 8)

SEEDS = {
    "archive": {
        "empty": cpio(),
        "files": cpio((".", 0o40755, b""), ("modules", 0o40755, b""),
                      ("modules/a.ko", 0o100644, b"hello"), ("./etc/x", 0o100600, b"")),
        "cut": cpio(("a", 0o100644, b"12345678"))[:120],
    },
    "multiboot2": {
        "usual": multiboot2((1, b"debug\0"), (3, struct.pack("<II", 0x200000, 0x201000) + b"shell\0"),
                            (6, MEMORY), (8, SCREEN), (14, b"RSD PTR " + bytes(12))),
        "text": multiboot2((8, SCREEN[:21] + b"\2"), (15, b"RSD PTR " + bytes(28))),
        "none": multiboot2(),
    },
    "acpi": {
        "rsdp": b"RSD PTR \0TENON \2" + struct.pack("<IIQI", 0x7fe0000, 36, 0x7fe1000, 0),
        "rsdt": table(b"RSDT", struct.pack("<II", 0x1000, 0x2000)),
        "xsdt": table(b"XSDT", struct.pack("<QQ", 0x1000, 0x2000)),
        "madt": table(b"APIC", MADT),
        "hpet": table(b"HPET", struct.pack("<IBBBBQBHB", 0, 0, 64, 0, 0, 0xfed00000, 0, 100, 0)),
        "fadt": table(b"FACP", bytes(208)),
        "dsdt": table(b"DSDT", b"\x10\x20_SB_\x08_S5_\x12\x06\x04\x00\x00\x00\x00"
                               b"\x08\\_S5_\x12\x08\x02\x0a\x05\x0b\x05\x00"),
    },
    "psf": {
        "one": psf1(0, 1),
        "one-table": psf1(2, 1, struct.pack("<6H", 65, 0xfffe, 66, 67, 0xffff, 66)),
        "two": psf2(4, 9, 2),
        "two-table": psf2(2, 8, 1, 1, b"A\xfeBC\xff\xc3\xb6\xff"),
    },
    "words": {
        "all": b"on 1 time repeat 3 { a 'b c' > f ; d } > g & e \"$?\" # end",
        "status": b"false;echo $? '$?' x\"$?\"y",
        "deep": b"{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}",
        "open": b"a 'b",
        "many": b"a;" * 25,
    },
    "lineedit": {
        "keys": b"load hello\x1b[D\x1b[D\x7fx\x1b[3~\x01\x05\x0b\x15\x17\r",
        "history": b"one\rtwo\r\nthree\rfour\r\x1b[A\x1b[A\x1b[A\x1b[A\x1b[B\x1b[B\x10\x0e",
        "odd": b"\x1b[99;5Q\x1bO\x1b[1\x03\xc3\xb6\x00\t\x04\x0c",
        "long": b"x" * 40 + b"\t" * 6,
    },
}


def main():
    for name, seeds in SEEDS.items():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, data in seeds.items():
            (folder / seed).write_bytes(data)


main()
