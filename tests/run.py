#!/usr/bin/env python3
"""Runs suites of tests one after the other and adds up: run.py NAME=COMMAND...

A suite is a program whose last line is `N passed, N failed` (`, N skipped` may follow). One that
ends without it, or with a status that contradicts it, counts as one failure. A test that has not
passed has a line of its own, `FAIL: NAME` or `SUITE N/M VERDICT: NAME`, and indented ones behind it;
they are printed once more at the end, where the reader of a long output looks first.
"""
import re
import subprocess
import sys
import time

FAILED = re.compile(r"^(FAIL|\w+ \d+/\d+ (?!pass|skip)[\w ]+): ")
COUNT = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


def run(name, command, failed):
    """Counts of one suite; the lines of what has not passed go to @failed."""
    started = time.monotonic()
    print(f"== {name}", flush=True)
    counts, tells = None, False
    with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as process:
        for line in process.stdout:
            match = COUNT.match(line.rstrip())
            if match:
                counts = [int(number or 0) for number in match.groups()]
            else:
                print(line, end="", flush=True)
                tells = bool(FAILED.match(line)) or (tells and line.startswith("    "))
                failed += [line] if tells else []
    if counts is None or (process.returncode != 0) != (counts[1] != 0):
        failed.append(f"{name}: ended with status {process.returncode}, counts {counts}\n")
        print(failed[-1], end="", flush=True)
        counts = counts or [0, 0, 0]
        counts[1] = max(counts[1], 1)
    print(f"== {name}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped "
          f"({time.monotonic() - started:.0f} s)", flush=True)
    return counts


def main():
    total, failed = [0, 0, 0], []
    for suite in sys.argv[1:]:
        name, command = suite.split("=", 1)
        total = [a + b for a, b in zip(total, run(name, command, failed))]
    if failed:
        print("== what has not passed")
        print("".join(failed), end="")
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")
    return 1 if total[1] else 0


sys.exit(main())
