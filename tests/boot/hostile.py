"""Files that must be refused, made from a good module by changing it in one place.

make(good) returns rows (file name, content, errno that refuses it, or None where the file is good after
all: the last good value beside the first bad one; the module's name then).
"""
import struct

RELA, SYMTAB, NOBITS, PROGBITS = 4, 2, 8, 1
SECTION = dict(name=0, type=4, flags=8, addr=16, offset=24, size=32, link=40, info=44, align=48,
               entsize=56)
WIDE = ("flags", "addr", "offset", "size", "align", "entsize")
MAX64 = 2**64 - 1


class Elf:
    """A module's bytes, and where its tables are."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.table, = struct.unpack_from("<Q", data, 0x28)
        self.count, self.names = struct.unpack_from("<HH", data, 0x3C)

    def copy(self):
        return Elf(bytes(self.data))

    def put(self, form, offset, value):
        struct.pack_into("<" + form, self.data, offset, value)
        return self

    def get(self, index, field):
        at = self.table + 64 * index + SECTION[field]
        return struct.unpack_from("<Q" if field in WIDE else "<I", self.data, at)[0]

    def set(self, index, field, value):
        at = self.table + 64 * index + SECTION[field]
        return self.put("Q" if field in WIDE else "I", at, value)

    def name(self, index):
        start = self.get(self.names, "offset") + self.get(index, "name")
        return bytes(self.data[start:self.data.index(0, start)]).decode()

    def find(self, name):
        return next(i for i in range(self.count) if self.name(i) == name)

    def symbol(self, prefix):
        """Where the first symbol lies whose name begins so."""
        symtab = self.of_type(SYMTAB)
        strings = self.get(self.get(symtab, "link"), "offset")
        at = self.get(symtab, "offset")
        for place in range(at, at + self.get(symtab, "size"), 24):
            if self.data.startswith(prefix.encode(), strings + struct.unpack_from("<I", self.data, place)[0]):
                return place
        raise KeyError(prefix)

    def of_type(self, kind):
        return next(i for i in range(1, self.count) if self.get(i, "type") == kind)


def header(good):
    size = len(good.data)
    yield "e_type_exec", good.copy().put("H", 16, 2), "ENOEXEC"
    yield "e_type_dyn", good.copy().put("H", 16, 3), "ENOEXEC"
    yield "e_type_core", good.copy().put("H", 16, 4), "ENOEXEC"
    yield "class_32", good.copy().put("B", 4, 1), "ENOEXEC"
    yield "big_endian", good.copy().put("B", 5, 2), "ENOEXEC"
    yield "machine_386", good.copy().put("H", 18, 3), "ENOEXEC"
    yield "machine_arm64", good.copy().put("H", 18, 183), "ENOEXEC"
    yield "magic", good.copy().put("B", 0, 0x7e), "ENOEXEC"
    yield "shoff_past_end", good.copy().put("Q", 0x28, size - 64 * good.count + 8), "ENOEXEC"
    yield "shoff_wraps", good.copy().put("Q", 0x28, 2**64 - 64).put("H", 0x3C, 2), "ENOEXEC"
    yield "shentsize", good.copy().put("H", 0x3A, 63), "ENOEXEC"
    yield "shnum_0", good.copy().put("H", 0x3C, 0), "ENOEXEC"
    yield "shnum_more", good.copy().put("H", 0x3C, 0xffff), "ENOEXEC"
    for value, name in ((0, "0"), (good.count, "shnum"), (0xffff, "ffff")):
        yield f"shstrndx_{name}", good.copy().put("H", 0x3E, value), "ENOEXEC"


def sections(good):
    size = len(good.data)
    text, names, symtab = good.find(".text"), good.names, good.of_type(SYMTAB)
    last = max(range(1, good.count), key=lambda i: (good.get(i, "offset"), good.get(i, "size")))
    room = size - good.get(text, "offset")
    yield "names_empty", good.copy().set(names, "size", 0), "ENOEXEC"
    yield "names_unended", good.copy().set(names, "size", good.get(names, "size") - 1), "ENOEXEC"
    yield "name_past_end", good.copy().set(text, "name", good.get(names, "size")), "ENOEXEC"
    moved = good.copy()  # the text is the last of the file
    moved.data += bytes(-size % 16) + good.data[size - room:][:good.get(text, "size")]
    moved.set(text, "offset", size + -size % 16)
    yield "text_at_end", moved, None
    yield "text_one_past_end", moved.copy().set(text, "size", good.get(text, "size") + 1), "ENOEXEC"
    yield "text_past_end", good.copy().set(text, "size", room + 1), "ENOEXEC"
    yield "text_wraps", good.copy().set(text, "offset", MAX64 - 15).set(text, "size", 32), "ENOEXEC"
    yield "text_huge", good.copy().set(text, "size", MAX64), "ENOEXEC"
    yield "symtab_links_itself", good.copy().set(symtab, "link", symtab), "ENOEXEC"
    yield "symtab_links_past", good.copy().set(symtab, "link", good.count), "ENOEXEC"
    yield "symtab_links_text", good.copy().set(symtab, "link", text), "ENOEXEC"
    yield "two_symtabs", good.copy().set(last if last != symtab else text, "type", SYMTAB), "ENOEXEC"
    yield "symtab_entsize", good.copy().set(symtab, "entsize", 23), "ENOEXEC"
    yield "symtab_odd_size", good.copy().set(symtab, "size", good.get(symtab, "size") - 1), "ENOEXEC"
    yield "text_writable", good.copy().set(text, "flags", 7), "ENOEXEC"
    for value, error in ((0, None), (1, None), (3, "ENOEXEC"), (2**63, "ENOEXEC"), (4096, None),
                         (8192, "ENOEXEC")):
        yield f"text_align_{value}", good.copy().set(text, "align", value), error
    bss = good.find(".bss")
    yield "bss_4g", good.copy().set(bss, "size", 2**32 + 16), "E2BIG"
    yield "bss_2_63", good.copy().set(bss, "size", 2**63), "E2BIG"
    yield "bss_64m", good.copy().set(bss, "size", 64 * 2**20), "E2BIG"
    yield "rel_section", good.copy().set(good.of_type(RELA), "type", 9), "ENOEXEC"
    yield "no_descriptor", good.copy().set(good.find(".tenon.module"), "flags", 0), "ENOEXEC"


def symbols(good):
    symtab = good.of_type(SYMTAB)
    strings = good.get(symtab, "link")
    at = good.get(symtab, "offset")
    count = good.get(symtab, "size") // 24
    index = next(i for i in range(1, count)
                 if 0 < struct.unpack_from("<H", good.data, at + 24 * i + 6)[0] < 0xff00)
    place = at + 24 * index
    end = good.get(strings, "size")
    unused = good.symbol("modinfo_")
    yield "shndx_last", good.copy().put("H", unused + 6, good.count - 1), None
    yield "shndx_past", good.copy().put("H", unused + 6, good.count), "ENOEXEC"
    for value in (good.count, 0xfeff, 0xff01, 0xffff):
        yield f"shndx_{value:x}", good.copy().put("H", place + 6, value), "ENOEXEC"
    yield "shndx_common", good.copy().put("H", place + 6, 0xfff2), "ENOEXEC"
    yield "st_name_last", good.copy().put("I", place, end - 1), None
    yield "st_name_past", good.copy().put("I", place, end), "ENOEXEC"
    yield "st_type_ifunc", good.copy().put("B", place + 4, 0x1a), "ENOEXEC"
    yield "st_type_tls", good.copy().put("B", place + 4, 0x16), "ENOEXEC"
    yield "sh_info_past", good.copy().set(symtab, "info", count + 1), "ENOEXEC"


def relocations(good):
    rela = good.find(".rela.text")
    at = good.get(rela, "offset")
    text = good.get(rela, "info")
    symtab = good.of_type(SYMTAB)
    count = good.get(symtab, "size") // 24
    size = good.get(text, "size")
    info, = struct.unpack_from("<Q", good.data, at + 8)
    yield "offset_last", good.copy().put("Q", at, size - 4), None
    for value in (size - 3, size, 2**64 - 4):
        yield f"offset_{value:x}", good.copy().put("Q", at, value), "ENOEXEC"
    kind = info & 0xffffffff
    yield "symbol_last", good.copy().put("Q", at + 8, count - 1 << 32 | 4), None
    yield "symbol_past", good.copy().put("Q", at + 8, count << 32 | kind), "ENOEXEC"
    for number in (255, 42, 9, 43, 16):
        yield f"type_{number}", good.copy().put("Q", at + 8, info & ~0xffffffff | number), "ENOEXEC"
    for number, name, addend in ((10, "32", 0), (11, "32s", 2**32)):
        wrong = good.copy().put("Q", at + 8, info & ~0xffffffff | number)
        yield f"{name}_high", wrong.put("q", at + 16, addend), "ENOEXEC"
    data = good.get(good.find(".rela.data"), "offset")
    past = good.get(good.get(good.find(".rela.data"), "info"), "size") - 7
    yield "offset_64_past", good.copy().put("Q", data, past), "ENOEXEC"
    yield "pc32_far", good.copy().put("q", at + 16, 2**40), "ENOEXEC"
    yield "rela_links_text", good.copy().set(rela, "link", text), "ENOEXEC"
    yield "rela_info_past", good.copy().set(rela, "info", good.count), "ENOEXEC"
    yield "rela_entsize", good.copy().set(rela, "entsize", 16), "ENOEXEC"


def descriptor(good):
    at = good.get(good.find(".tenon.module"), "offset")
    yield "magic_word", good.copy().put("I", at, 0), "ENOEXEC"
    yield "abi_other", good.copy().put("I", at + 4, 2), "ENOEXEC"
    yield "descriptor_size", good.copy().put("I", at + 8, 80), "ENOEXEC"
    name = at + 16
    longest, too_long = good.copy(), good.copy()
    longest.data[name:name + 56] = b"h" * 55 + b"\0"
    too_long.data[name:name + 56] = b"h" * 56
    empty = good.copy()
    empty.data[name] = 0
    odd = good.copy()
    odd.data[name] = ord("/")
    yield "name_1", good.copy().put("H", name, ord("h")), None, "h"
    yield "name_55", longest, None, "h" * 55
    yield "name_unended", too_long, "ENOEXEC"
    yield "name_empty", empty, "ENOEXEC"
    yield "name_odd", odd, "ENOEXEC"


def information(good):
    vermagic = good.data.index(b"vermagic=tenon-1")
    yield "vermagic", good.copy().put("B", vermagic + 15, ord("2")), "ENOEXEC"
    comment = good.get(good.find(".comment"), "name")
    yield "no_modinfo", good.copy().set(good.find(".modinfo"), "name", comment), "ENOEXEC"


def cuts(good):
    for length in (0, 1, 3, 4, 63, 64, len(good.data) // 2, len(good.data) - 1):
        cut = good.copy()
        cut.data = cut.data[:length]
        yield f"cut_{length}", cut, "ENOEXEC"


GROUPS = {"h": header, "s": sections, "y": symbols, "r": relocations, "n": descriptor, "i": information,
          "c": cuts}


def make(path):
    with open(path, "rb") as file:
        good = Elf(file.read())
    return [(f"{letter}_{name}.ko", elf.data, error, *(module or ["hello"]))
            for letter, group in GROUPS.items() for name, elf, error, *module in group(good)]
