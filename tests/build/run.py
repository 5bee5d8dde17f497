#!/usr/bin/env python3
"""Tests of the build itself: run.py BUILD [REGEX]. Each function test_* of the files test_*.py here is
given the Trees it may build in; the last line is the count, as tests/run.py reads it."""
import glob
import importlib
import os
import re
import sys
import time
import traceback

from tree import Failure, Trees

HERE = os.path.dirname(os.path.abspath(__file__))


def collect(only):
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        for name, function in vars(module).items():
            if name.startswith("test_") and re.search(only, name):
                yield name.removeprefix("test_"), function


def run(function, trees):
    """The reason for which it failed, or nothing."""
    try:
        function(trees)
        return ""
    except Failure as failure:
        return str(failure)
    except Exception:
        return "in the test itself:\n" + traceback.format_exc()


def main():
    trees = Trees(os.path.abspath(sys.argv[1]))
    passed = failed = 0
    for name, function in collect(sys.argv[2] if len(sys.argv) > 2 else ""):
        started = time.monotonic()
        reason = run(function, trees)
        passed, failed = passed + (not reason), failed + bool(reason)
        print(f"{'FAIL' if reason else 'pass'}: {name} ({time.monotonic() - started:.1f} s)")
        if reason:
            print("    " + reason.replace("\n", "\n    "))
        sys.stdout.flush()
    trees.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
