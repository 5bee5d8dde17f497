"""Files that are small for what they ask: names and tables that lie over each other, or whose names fall
together in a hash. Each is made from a good module by adding sections and symbols.
"""
import itertools
import os
import struct

import hostile
from stored import stored

BUILD = os.environ["TENON_BUILD"]
PROGBITS, RELA, ALLOC = 1, 4, 2
GLOBAL, WEAK, FUNCTION = 0x10, 0x20, 0x12
R_64 = 1
LONGEST = 511  # of a name


class Module(hostile.Elf):
    """The module `empty` under another name, growing at its end."""

    def __init__(self, name):
        with open(os.path.join(BUILD, "test-stage/empty.ko"), "rb") as file:
            super().__init__(file.read())
        at = self.get(self.find(".tenon.module"), "offset") + 16
        self.data[at:at + 56] = name.encode().ljust(56, b"\0")
        self.headers = [bytes(self.data[self.table + 64 * i:self.table + 64 * i + 64]) for i in range(self.count)]
        start = self.get(self.names, "offset")
        self.titles = bytearray(self.data[start:start + self.get(self.names, "size")])
        self.symtab = self.of_type(hostile.SYMTAB)

    def append(self, content):
        self.data += bytes(-len(self.data) % 16)
        at = len(self.data)
        self.data += content
        return at

    def section(self, title, kind, flags, content, link=0, info=0, entsize=0, at=None):
        at = self.append(content) if at is None else at
        self.headers.append(struct.pack("<IIQQQQIIQQ", len(self.titles), kind, flags, 0, at, len(content), link, info,
                                        8, entsize))
        self.titles += title.encode() + b"\0"
        return len(self.headers) - 1

    def change(self, index, **fields):
        for field, value in fields.items():
            header = bytearray(self.headers[index])
            struct.pack_into("<Q" if field in hostile.WIDE else "<I", header, hostile.SECTION[field], value)
            self.headers[index] = bytes(header)

    def symbols(self, entries, names=b""):
        """@entries behind those that are there, their st_name counted in @names; the index of the first."""
        strings = self.get(self.symtab, "link")
        old = bytes(self.data[self.get(self.symtab, "offset"):][:self.get(self.symtab, "size")])
        text = bytes(self.data[self.get(strings, "offset"):][:self.get(strings, "size")])
        moved = b"".join(struct.pack("<I", name + len(text)) + rest for name, rest in entries) \
            if isinstance(entries, list) else entries(len(text))
        self.change(strings, offset=self.append(text + names), size=len(text + names))
        self.change(self.symtab, offset=self.append(old + moved), size=len(old + moved))
        return len(old) // 24

    def pointers(self, title, size, entry, fields, count):
        """A table of @count entries of @size bytes, with relocations: @fields are (offset, symbol, addend of i)."""
        table = self.section(title, PROGBITS, ALLOC, entry * count)
        rows = b"".join(struct.pack("<QQq", i * size + offset, symbol << 32 | R_64, addend(i))
                        for i in range(count) for offset, symbol, addend in fields)
        self.section(".rela" + title, RELA, 0, rows, link=self.symtab, info=table, entsize=24)

    def data_symbols(self, *contents):
        """A loaded section and a symbol at its begin for each of @contents: the indices of the symbols."""
        sections = [self.section(".data.more", PROGBITS, ALLOC | 1, content) for content in contents]
        first = self.symbols([(0, struct.pack("<BBHQQ", GLOBAL, 0, section, 0, 0)) for section in sections],
                             b"costly\0")
        return range(first, first + len(sections))

    def write(self):
        self.change(self.names, offset=self.append(bytes(self.titles)), size=len(self.titles))
        table = self.append(b"".join(self.headers))
        self.put("Q", 0x28, table).put("H", 0x3C, len(self.headers))
        return stored(self.data)


def falling_together(count, buckets=8192):
    """Names that FNV-1a, which has no key, puts into one of @buckets: its low bits know only low bits."""
    prime, letters, found = 0x01000193 % buckets, b"abcdefghijklmnopqrstuvwxyz0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ", []
    wanted = 1234 * pow(prime, -1, buckets) % buckets
    for number in range(1 << 30):
        prefix = b"n%x_" % number
        state = 0x811c9dc5 % buckets
        for byte in prefix:
            state = (state ^ byte) * prime % buckets
        for letter in letters:
            last = (state ^ letter) * prime % buckets ^ wanted
            if last < 256 and last in letters:
                found.append(prefix + bytes((letter, last)))
        if len(found) >= count:
            return found[:count]


def exports(name, text, starts):
    module = Module(name)
    names, value = module.data_symbols(text, bytes(64))
    module.pointers(".tenon.exports", 24, bytes(24),
                    [(0, value, lambda i: 0), (8, names, lambda i: starts[i])], len(starts))
    return module


def parameters(name, text, count):
    module = Module(name)
    names, value = module.data_symbols(text, bytes(64))
    entry = struct.pack("<QQIIIIQ", 0, 0, 3, 4, 1, 0o444, 0)  # int
    module.pointers(".tenon.params", 40, entry, [(0, names, lambda i: 0), (8, value, lambda i: 0)], count)
    return module


def symbols(name, count, length, info, section):
    """@count symbols that share one name."""
    module = Module(name)
    index = module.find(section) if section else 0
    rest = struct.pack("<BBHQQ", info, 0, index, 0, 0)
    module.symbols(lambda start: (struct.pack("<I", start) + rest) * count, b"w" * length + b"\0")
    return module


def relocations(name, tables, entries):
    """@tables sections of relocations, all with the same bytes."""
    module = Module(name)
    text = module.find(".text")
    content = struct.pack("<QQq", 0, 0, 0) * entries
    first = module.section(".rela.more", RELA, 0, content, link=module.symtab, info=text, entsize=24)
    at = struct.unpack_from("<Q", module.headers[first], hostile.SECTION["offset"])[0]
    for _ in range(tables):
        module.section(".rela.more", RELA, 0, content, link=module.symtab, info=text, entsize=24, at=at)
    return module


def one_bucket(name):
    names = falling_together(20000)
    starts = list(itertools.accumulate((len(each) + 1 for each in names), initial=0))
    return exports(name, b"\0".join(names) + b"\0", starts[:-1])


def long_exports(name, count, length=127):
    text = b"".join(b"%05d" % i + b"l" * (length - 5) + b"\0" for i in range(count))
    return exports(name, text, [i * (length + 1) for i in range(count)])


# The file's name, what makes it, the errno that refuses it.
MAKERS = (
    ("one_bucket", one_bucket, None),
    ("most_exports", lambda name: long_exports(name, 32768), None),
    ("too_many_exports", lambda name: exports(name, b"e" * 100 + b"\0", [0] * 32769), "ENOEXEC"),
    ("ends_of_one_name", lambda name: exports(name, b"e" * 2**20 + b"\0", range(1000)), "ENOEXEC"),
    ("shared_names", lambda name: parameters(name, b"p" * LONGEST + b"\0", 4096), None),
    ("shared_long_name", lambda name: parameters(name, b"p" * 2**20 + b"\0", 4096), "ENOEXEC"),
    ("too_many_parameters", lambda name: parameters(name, b"p" * 2**20 + b"\0", 10000), "ENOEXEC"),
    ("most_weak", lambda name: symbols(name, 16384 - 8, LONGEST, WEAK, None), None),
    ("too_many_weak", lambda name: symbols(name, 270000, LONGEST, WEAK, None), "ENOEXEC"),
    ("most_functions", lambda name: symbols(name, 262144 - 64, LONGEST, FUNCTION, ".text"), None),
    ("overlapping", lambda name: relocations(name, 60000, 10000), "ENOEXEC"),
)
ROWS = [(name, errno) for name, _, errno in MAKERS]


def files():
    return {name + ".ko": make(name).write() for name, make, _ in MAKERS}
