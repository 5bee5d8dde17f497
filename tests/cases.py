#!/usr/bin/env python3
"""Runs each of several commands as one test: cases.py NAME=COMMAND...

A command that ends with status 0 has passed; of others the output is shown. The last line is the
count, as tests/run.py reads it. A test program that counts for itself (its last line is such a line)
is taken at its word.
"""
import re
import subprocess
import sys

COUNT = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


def run(name, command):
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False)
    lines = done.stdout.splitlines()
    match = COUNT.match(lines[-1]) if lines else None
    passed, failed, skipped = [int(n or 0) for n in match.groups()] if match else (0, 0, 0)
    if done.returncode != 0:
        failed = max(failed, 1)
    elif not match:
        passed = 1
    print(f"{'FAIL' if failed else 'pass'}: {name}" + (f" ({passed} passed)" if match else ""))
    if failed:
        print("\n".join("    " + line for line in lines[-60:]))
        print(f"    status {done.returncode}: {command}", flush=True)
    return passed, failed, skipped


def main():
    total = [0, 0, 0]
    for case in sys.argv[1:]:
        name, command = case.split("=", 1)
        total = [a + b for a, b in zip(total, run(name, command))]
        sys.stdout.flush()
    skipped = f", {total[2]} skipped" if total[2] else ""
    print(f"{total[0]} passed, {total[1]} failed{skipped}")
    return 1 if total[1] else 0


sys.exit(main())
