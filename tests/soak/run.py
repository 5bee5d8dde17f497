#!/usr/bin/env python3
"""The matrix: every kind of party meets every kind, in booted machines.

    run.py --build DIR [--minutes N | --rounds N] [--smp N] [--only REGEX] [--seed N] [--jobs N]
    run.py --build DIR --repeat "KIND KIND ROUNDS SEED" [--debug] [--smp N] [--icount]

The first runs pair after pair, with and without `debug`, each for --rounds, or again and again for
--minutes. The second repeats what a failed run has printed; with --icount QEMU counts instructions,
and every run is the same. The last lines are the matrix and the count, one case for each pair and
mode, as tests/run.py reads it.
"""
import argparse
import dataclasses
import os
import re
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "boot"))

import run as boot_run  # noqa: E402
from boot import Config  # noqa: E402
from machine import Failure, Machine  # noqa: E402
from stand_in.platform import Platform  # noqa: E402

from table import table  # noqa: E402

BOOT_SET = "watchdog files serial_console initrd fw_cfg power shell".split()
PAIRS_EACH = 40  # in one machine, before another is booted
SLICE = 20  # rounds of a pair at a time when the time is given
MAY_FAULT = {"matrix_consumer", "matrix_provider"}
WRONG = re.compile(r"panic|lock order:|puts? without get|more puts than gets|unhandled|late call")


@dataclasses.dataclass
class Cell:
    """One pair of kinds in one mode."""
    first: str
    second: str
    debug: bool
    rounds: int = 0
    through: tuple = (0, 0)  # rounds in which each side got what it wanted
    wrong: str = ""

    @property
    def name(self):
        return f"{self.first} {self.second}{' debug' if self.debug else ''}"


class Soak:
    def __init__(self, options):
        self.options = options
        self.images = boot_run.Images(options.build)
        self.lock = threading.Lock()
        self.started = time.monotonic()
        self.cells = []
        self.queue = []
        self.round = 0
        self.machines = 0
        self.told = self.started

    def config(self, debug, **more):
        return Config(smp=self.options.smp, debug=debug, vga="none", boot_set=BOOT_SET,
                      silence=self.options.silence, **more)

    def machine(self, debug, **more):
        with self.lock:
            self.machines += 1
            number = self.machines
        config = self.config(debug, **more)
        log = os.path.join(self.options.build, "logs", f"soak-{number}.log")
        return Machine(config, self.images.get(config), log)

    # --- which pairs, and when ---

    def find_kinds(self):
        machine = self.machine(False)
        try:
            machine.prompt()
            machine.run("load matrix")
            return machine.run("matrix")
        finally:
            machine.close()

    def make_cells(self, kinds):
        pairs = [(a, b) for i, a in enumerate(kinds) for b in kinds[i:]
                 if re.search(self.options.only, f"{a} {b}")]
        self.cells = [Cell(a, b, debug) for debug in (False, True) for a, b in pairs]

    def is_over(self):
        minutes = self.options.minutes
        return minutes and time.monotonic() - self.started >= 60 * minutes

    def next_cells(self, limit):
        """Some that one machine takes: of one mode. None: it is over."""
        with self.lock:
            if not self.queue and (self.options.minutes or self.round == 0):
                self.round += 1
                self.queue = [cell for cell in self.cells if not cell.wrong]
            if not self.queue or self.is_over():
                return None
            mode = self.queue[0].debug
            taken = [cell for cell in self.queue if cell.debug == mode][:limit]
            self.queue = [cell for cell in self.queue if cell not in taken]
            return [cell for cell in taken if not cell.wrong]

    # --- one machine ---

    def work(self):
        while True:
            cells = self.next_cells(PAIRS_EACH)
            if cells is None:
                return
            if not cells:
                continue
            machine = self.machine(cells[0].debug)
            try:
                self.run_cells(machine, cells)
            finally:
                machine.close()

    def run_cells(self, machine, cells):
        cell, seed, rounds = cells[0], 0, 0
        try:
            machine.prompt()
            machine.run("load hello; unload hello; load matrix")
            for cell in cells:
                if self.is_over():
                    return
                rounds = SLICE if self.options.minutes else self.options.rounds
                seed = self.options.seed + cell.rounds
                self.meet(machine, cell, rounds, seed)
                if cell.wrong:
                    break
        except Failure as failure:
            cell.wrong = f"{failure.verdict}: {str(failure).splitlines()[0]}"
            self.report(machine, cell, rounds, seed)
        with self.lock:
            self.queue = cells[cells.index(cell) + 1:] + self.queue

    def meet(self, machine, cell, rounds, seed):
        start = len(machine.text)
        lines = machine.run(f"matrix {cell.first} {cell.second} {rounds} {seed}")
        came = machine.text[start:]
        for line in lines:
            found = re.match(r"matrix: .*: (\d+) rounds, (\d+) and (\d+) got through", line)
            if found:
                cell.rounds += int(found[1])
                cell.through = tuple(a + int(b) for a, b in zip(cell.through, found.groups()[1:]))
            if line.startswith("matrix: wrong: "):
                cell.wrong = line.removeprefix("matrix: wrong: ")
        if not cell.wrong:
            cell.wrong = self.wrong_in(came)
        if not cell.wrong and machine.run("load hello; hello; unload hello") != \
                ["hello: loaded", "hello, world", "hello: unloaded"]:
            cell.wrong = "a good module does not work afterwards"
        if cell.wrong:
            self.report(machine, cell, rounds, seed)
        self.progress()

    @staticmethod
    def wrong_in(came):
        found = WRONG.search(came)
        if found:
            return came[came.rfind("\n", 0, found.start()) + 1:].split("\n", 1)[0]
        for name in re.findall(r"fault: .*? in ((?:the )?\w+) at", came):
            if name not in MAY_FAULT:
                return f"the wrong module is named: {name}"
        return ""

    # --- what is said ---

    def progress(self):
        now = time.monotonic()
        with self.lock:
            if now - self.told < self.options.progress:
                return
            self.told = now
            rounds = sum(cell.rounds for cell in self.cells)
            done = sum(1 for cell in self.cells if cell.rounds)
            red = sum(1 for cell in self.cells if cell.wrong)
            passed = now - self.started
            print(f"soak: {passed:.0f} s: {done} of {len(self.cells)} pairs met, {rounds} rounds, "
                  f"{rounds / passed:.0f} a second, {red} red", flush=True)

    def report(self, machine, cell, rounds, seed):
        words = " ".join(cell.wrong.split(":")[0].split()[-2:])
        if not re.fullmatch(r"\d+ \d+", words):
            words = f"{rounds} {seed}"
        repeat = f"python3 tests/soak/run.py --build build --smp {self.options.smp}" \
            f"{' --debug' if cell.debug else ''} --repeat '{cell.first} {cell.second} {words}'"
        tail = "".join(f"    | {line}\n" for line in machine.text.splitlines()[-12:])
        with self.lock:
            print(f"FAIL: {cell.name}: {cell.wrong}\n    log: {machine.log.name}\n{tail}"
                  f"    repeat it: {repeat}\n    exactly:   {repeat} --icount", flush=True)

    def run(self):
        self.make_cells(self.find_kinds())
        if not self.cells:
            print(f"soak: ONLY={self.options.only}: no pair of kinds is called so")
            return 2
        threads = [threading.Thread(target=self.work) for _ in range(self.options.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for debug in (False, True):
            print(table([cell for cell in self.cells if cell.debug == debug], debug))
        met = [cell for cell in self.cells if cell.rounds or cell.wrong]
        failed = sum(1 for cell in met if cell.wrong)
        rounds = sum(cell.rounds for cell in met)
        passed = time.monotonic() - self.started
        print(f"soak: {rounds} rounds in {passed:.0f} s on {self.options.smp} CPUs, "
              f"{rounds / passed:.0f} a second; seeds from {self.options.seed} on")
        print(f"{len(met) - failed} passed, {failed} failed")
        return 1 if failed else 0

    def repeat(self):
        """What a failed run has printed. With --icount the line comes by fw_cfg, since a key that is
        typed comes at another moment each time."""
        line = f"matrix {self.options.repeat}"
        if self.options.icount:
            machine = self.machine(
                self.options.debug, accel="tcg,thread=single", platform=Platform(),
                rc=f"load matrix\n{line}\necho over\n",
                qemu=["-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2030-01-01",
                      "-seed", "1"])
        else:
            machine = self.machine(self.options.debug)
        try:
            if self.options.icount:
                machine.wait_for("^over$")
            else:
                machine.prompt().run("load matrix")
                machine.run(line)
            wrong = self.wrong_in(machine.text) or "matrix: wrong:" in machine.text
        except Failure as failure:
            wrong = str(failure)
        finally:
            machine.close()
        print(machine.text[machine.text.find(line):])
        print(f"{wrong}\n0 passed, 1 failed" if wrong else "1 passed, 0 failed")
        return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--silence", type=float, default=120)
    parser.add_argument("--progress", type=float, default=10, help="seconds between lines of it")
    parser.add_argument("--repeat", default="")
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--icount", action="store_true")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    os.makedirs(os.path.join(options.build, "logs"), exist_ok=True)
    soak = Soak(options)
    return soak.repeat() if options.repeat else soak.run()


if __name__ == "__main__":
    sys.exit(main())
