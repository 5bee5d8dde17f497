#!/usr/bin/env python3
"""Shows that the runner of boot tests can fail: run.py BUILD. Each guest of guest.asm ends in one
known way, and Machine must say which.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
TOP = os.path.join(HERE, "../../..")

from boot import Config  # noqa: E402
from machine import Failure, Hang, Machine, TripleFault  # noqa: E402


def guest(build, behaviour):
    folder = os.path.join(build, "self")
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(folder, behaviour.lower())
    source = os.path.join(HERE, "guest.asm")
    subprocess.run(["nasm", "-felf32", f"-D{behaviour}", source, "-o", base + ".o"], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-Ttext=0x100000", base + ".o", "-o", base + ".elf",
                    "--section-start=.boot.header=0xff000", "-z", "max-page-size=4096"], check=True)
    subprocess.run([os.path.join(TOP, "tools/iso"), base + ".iso", "", base + ".elf", "-"], check=True)
    return base


def boot(build, behaviour, test):
    base = guest(build, behaviour)
    machine = Machine(Config(smp=1, silence=20, limit=60), base + ".iso", base + ".log")
    try:
        return test(machine.prompt())
    finally:
        machine.close()


def raises(kind, text):
    def check(action):
        def test(t):
            try:
                action(t)
            except Failure as failure:
                assert type(failure) is kind and re.search(text, str(failure)), repr(failure)
            else:
                raise AssertionError("nothing was raised")
        return test
    return check


def answers(t):
    assert t.run("any", "log", "hello") == ["hello, world"], t.text
    assert t.logged == ["[   1.000000] log"], t.logged


def summary_repeats_what_failed():
    suite = "printf 'boot 1/2 pass: a\\n    fine\\nboot 2/2 hang: b\\n    why\\n1 passed, 1 failed\\n'; exit 1"
    done = subprocess.run([sys.executable, os.path.join(TOP, "tests/run.py"), f"boot={suite}"],
                          stdout=subprocess.PIPE, text=True, check=False)
    end = done.stdout.split("== what has not passed\n")[-1]
    assert done.returncode == 1 and end == "boot 2/2 hang: b\n    why\n1 passed, 1 failed\n", done.stdout


CASES = [
    ("an answer is read", "ANSWER", answers),
    ("a wrong answer fails", "ANSWER", raises(Failure, "not found")(lambda t: t.run("any", "hallo"))),
    ("patterns are in order", "ANSWER",
     raises(Failure, "not found")(lambda t: t.run("any", "hello", "log"))),
    ("no answer is a hang", "HANG", raises(Hang, "no output for 5 s")(lambda t: t.run("x", silence=5))),
    ("output without end is a hang", "FLOOD",
     raises(Hang, "out of time")(lambda t: (t.send("x\r"), t.wait_for("never", limit=3)))),
    ("a triple fault is named", "TRIPLE_FAULT", raises(TripleFault, "")(lambda t: t.run("x"))),
    ("a panic is quoted", "PANIC", raises(Failure, "panic: at the disco")(lambda t: t.run("x"))),
    ("an exit is a failure", "EXIT", raises(Failure, "ended by 7")(lambda t: t.run("x"))),
    ("an expected exit", "EXIT", lambda t: (t.send("x\r"), t.finish(7))),
    ("another exit", "EXIT", raises(Failure, "7, not 8")(lambda t: (t.send("x\r"), t.finish(8)))),
    ("poweroff", "POWEROFF", lambda t: (t.send("x\r"), t.finish("poweroff"))),
    ("what failed is told last", None, summary_repeats_what_failed),
]


def main():
    failed = 0
    for name, behaviour, test in CASES:
        try:
            if behaviour:
                boot(sys.argv[1], behaviour, test)
            else:
                test()
            print("pass:", name)
        except (AssertionError, Failure) as error:
            failed += 1
            print(f"FAIL: {name}: {error}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
