#!/usr/bin/env python3
"""Shows that the check for bare calls finds planted ones: planted.py OBJDUMP OBJECT SOURCE."""
import os
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(TOP, "tools"))

import bare_calls  # noqa: E402


def main():
    objdump, path, source = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        wanted = [number for number, line in enumerate(file, 1) if line.rstrip().endswith("/* found */")]
    found = [number for _, number, _ in bare_calls.unexcused(objdump, [path])]
    print(f"planted calls in lines {wanted}, found {found}")
    return 0 if found == wanted and wanted else 1


sys.exit(main())
