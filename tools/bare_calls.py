"""Finds calls through function pointers in built objects, by their place in the source.

A call through a pointer is either the bus's (then the instruction is in call_through, which is
assembly) or says why it may be bare, in a comment `bare: REASON` on its line or within the three
lines before. What counts is the instruction: no spelling hides it, and inlining does not either. A
switch makes none, since everything is compiled without jump tables.
"""
import re
import subprocess

NEAR = 3  # lines before a call where its reason may stand
PLACE = re.compile(r"^(/?[\w./-]+\.[ch]):(\d+)")
INDIRECT = re.compile(r"\t(?:call|jmp)q?\s+\*")
REASON = re.compile(r"\bbare: \w+")


def places(objdump, path):
    """(file, line) of each call through a pointer."""
    text = subprocess.run([objdump, "-drl", "--no-show-raw-insn", path], capture_output=True,
                          text=True, check=True).stdout.splitlines()
    place = None
    for line in text:
        found = PLACE.match(line)
        if found:
            place = (found.group(1), int(found.group(2)))
        elif place and INDIRECT.search(line):
            yield place


def excused(lines, number):
    return any(REASON.search(line) for line in lines[max(0, number - 1 - NEAR):number])


def unexcused(objdump, paths):
    found = set()
    for path in paths:
        for file, number in places(objdump, path):
            file = file.removeprefix("./")
            with open(file, encoding="utf-8") as source:
                lines = source.read().splitlines()
            if not excused(lines, number):
                found.add((file, number, lines[number - 1].strip()))
    return sorted(found)
