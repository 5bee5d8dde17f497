"""What a module's relocatable file says: the names that it exports, and the lines of .modinfo.

Exports stand in section .tenon.exports. Each entry is struct module_export {value, name, flags}, 24 bytes; the relocation of `name` leads to
its text. A longer name than a module may have (ELF_NAME_LONGEST) is left out: its module is refused.
"""
import struct

ENTRY_SIZE = 24
NAME_OFFSET = 8
NAME_LONGEST = 511


def sections(data):
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    rows = []
    for index in range(count):
        fields = struct.unpack_from("<IIQQQQIIQQ", data, table + index * size)
        rows.append(dict(zip(("name", "type", "flags", "addr", "offset", "size", "link", "info",
                              "align", "entsize"), fields)))
    strings = rows[names]
    for row in rows:
        row["name"] = text(data, strings["offset"] + row["name"])
    return rows


def text(data, offset):
    return data[offset:data.index(b"\0", offset)].decode()


def exports(path):
    with open(path, "rb") as file:
        data = file.read()
    rows = sections(data)
    found = []
    for row in rows:
        if row["type"] != 4 or rows[row["info"]]["name"] != ".tenon.exports":  # SHT_RELA
            continue
        symbols = rows[row["link"]]
        for at in range(row["offset"], row["offset"] + row["size"], 24):
            place, info, addend = struct.unpack_from("<QQq", data, at)
            if place % ENTRY_SIZE != NAME_OFFSET:
                continue
            symbol = symbols["offset"] + (info >> 32) * 24
            section, value = struct.unpack_from("<HQ", data, symbol + 6)
            name = rows[section]["offset"] + value + addend
            if data.find(b"\0", name, name + NAME_LONGEST + 1) >= 0:
                found.append(text(data, name))
    return sorted(found)


def information(path, field):
    """The values of the lines FIELD=VALUE of .modinfo, in their order."""
    with open(path, "rb") as file:
        data = file.read()
    begin = field.encode() + b"="
    return [line[len(begin):].decode("ascii") for row in sections(data) if row["name"] == ".modinfo"
            for line in data[row["offset"]:row["offset"] + row["size"]].split(b"\0") if line.startswith(begin)]
