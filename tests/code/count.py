#!/usr/bin/env python3
"""Counts instructions on hot paths: count.py OBJDUMP OBJECT.

Each function of hot_path.c has two marks. The shortest way from one to the other, which is the way
that succeeds, must not be longer than the contract says, and takes no branch.
"""
import collections
import re
import subprocess
import sys

LIMITS = {  # function: (instructions, of these conditional branches, accesses to memory)
    "hot_get": (4, 1, 2),
    "hot_put": (1, 0, 1),
    "hot_again": (1, 0, 1),
    "hot_hook": (3, 1, 1),
}
BEGIN, END = "0x1111(", "0x2222("


def functions(text):
    found, name = collections.defaultdict(list), None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(\w+)>:", line)
        code = re.match(r"\s*([0-9a-f]+):\t(\S+)\s*(.*)", line)
        if head:
            name = head.group(1)
        elif code and name:
            found[name].append((int(code.group(1), 16), code.group(2), code.group(3)))
    return found


def target(operands):
    match = re.match(r"([0-9a-f]+) <", operands)
    return int(match.group(1), 16) if match else None


def shortest(code):
    """The instructions between the marks, on the shortest way, with those whose branch was taken."""
    index = {address: i for i, (address, _, _) in enumerate(code)}
    start = next(i for i, (_, _, operands) in enumerate(code) if BEGIN in operands) + 1
    ways = collections.deque([(start, [])])
    seen = set()
    while ways:
        at, way = ways.popleft()
        if at in seen or at >= len(code):
            continue
        seen.add(at)
        _, name, operands = code[at]
        if END in operands:
            return way
        if name.startswith("ret"):
            continue
        if name.startswith("j"):
            there = index.get(target(operands))
            if there is not None:
                ways.append((there, way + [(name, operands, name != "jmp")]))
        if name != "jmp":
            ways.append((at + 1, way + [(name, operands, False)]))
    return None


def main():
    objdump, path = sys.argv[1:]
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], capture_output=True, text=True,
                          check=True).stdout
    code = functions(text)
    failed = 0
    for name, (limit, branches, accesses) in LIMITS.items():
        way = shortest(code[name])
        shown = "; ".join(" ".join(part[:2]) for part in way)
        conditional = [part for part in way if part[0].startswith("j") and part[0] != "jmp"]
        memory = [part for part in way if "(" in part[1]]
        good = (len(way) <= limit and len(conditional) <= branches and len(memory) <= accesses
                and not any(taken for _, _, taken in way) and not any("lock" in p[0] for p in way))
        failed += not good
        print(f"{'pass' if good else 'FAIL'}: {name}: {len(way)} of at most {limit} instructions: {shown}")
    print(f"{len(LIMITS) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
