#!/usr/bin/env python3
"""The matrix: every kind of party meets every kind, in booted machines.

    run.py --build DIR [--minutes N] [--rounds N] [--smp N] [--only REGEX] [--seed N] [--jobs N]
        [--resume FILE]
    run.py --build DIR --repeat "KIND KIND ROUNDS SEED" [--debug] [--smp N] [--icount]

The first runs pair after pair, with and without `debug`, until each has had --rounds, or --minutes
are over; with --resume they go on from build/soak.tsv as an earlier run has left it, a copy of which
is FILE, seeds included. The second repeats what a failed run has printed; with --icount QEMU counts instructions,
and every run is the same. The last lines are the matrix and the count, one case for each pair and
mode, as tests/run.py reads it.
"""
import argparse
import itertools
import os
import random
import re
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "boot"))

import run as boot_run  # noqa: E402
from boot import Config  # noqa: E402
from machine import Failure, Machine  # noqa: E402
from stand_in.platform import Platform  # noqa: E402

from cell import Cell, costs, heading, resume  # noqa: E402
from table import table  # noqa: E402

BOOT_SET = "watchdog hook terminal files serial_console initrd fw_cfg power shell".split()
SLICES_EACH = 80  # in one machine, before another is booted
SLICE = 25  # rounds of a pair at a time
WRONG = re.compile(r"panic|lock order:|puts? without get|more puts than gets|unhandled|late call|"
                   r"a call was in it after its exit|could not be forced out|matrix_consumer: wrong:")
GOOD_MODULE = "load hello; hello; unload hello"
IT_SAYS = ["hello: loaded", "hello, world", "hello: unloaded"]
READ_PAUSE = 0.01  # what comes is gathered for so long: a look at each byte would cost the guest time


class GatheringMachine(Machine):
    """Reads what has come all at once, and forgets what has been looked at."""

    def _read(self, timeout):
        time.sleep(READ_PAUSE)
        return super()._read(timeout)

    def pin(self):
        """A core of the host for each CPU, in turn: left to itself the host puts two that wake each
        other on one core, where nothing of theirs overlaps."""
        cores = sorted(os.sched_getaffinity(0))
        for cpu in self.monitor("query-cpus-fast"):
            os.sched_setaffinity(cpu["thread-id"], {cores[cpu["cpu-index"] % len(cores)]})

    def forget(self):
        self.text = self.text[self.text.rfind("\n") + 1:]
        self.raw.clear()
        self.mark = 0


class Soak:
    def __init__(self, options):
        self.options = options
        self.images = boot_run.Images(options.build)
        self.lock = threading.Lock()
        self.started = time.monotonic()
        self.kinds = {}  # of which module a kind makes fail
        self.cells = []
        self.taken = set()  # names of cells that a machine has
        self.machines = 0
        self.told = self.started
        self.ended = False
        self.earlier = 0  # rounds of the run that this one resumes

    def config(self, debug, **more):
        return Config(smp=self.options.smp, debug=debug, vga="none", boot_set=BOOT_SET,
                      silence=self.options.silence, **more)

    def machine(self, debug, **more):
        with self.lock:
            self.machines += 1
            number = self.machines
        config = self.config(debug, **more)
        log = os.path.join(self.options.build, "logs", f"soak-{number}.log")
        return GatheringMachine(config, self.images.get(config), log)

    # --- which pairs, and when ---

    def find_kinds(self):
        machine = self.machine(False)
        try:
            machine.prompt()
            loaded = machine.run("load matrix")
            if loaded != ["matrix: loaded"]:
                raise SystemExit("soak: the matrix cannot be loaded: " + "; ".join(loaded))
            lines = machine.run("matrix")
            self.kinds = {line.split()[0]: set(line.split()[1:]) for line in lines}
        finally:
            machine.close()

    def make_cells(self):
        kinds = list(self.kinds)
        pairs = [(a, b) for i, a in enumerate(kinds) for b in kinds[i:]
                 if re.search(self.options.only, f"{a} {b}")]
        random.Random(self.options.seed).shuffle(pairs)
        modes = (True,) if self.options.debug else (False, True)
        self.cells = [Cell(a, b, debug) for debug in modes for a, b in pairs]
        if self.options.resume:
            with open(self.options.resume, encoding="utf-8") as file:
                resume(self.cells, file.read())

    def is_over(self):
        minutes = self.options.minutes
        return self.ended or (minutes and time.monotonic() - self.started >= 60 * minutes)

    def end(self, *_):
        """Ctrl-C: what has been met so far is printed."""
        self.ended = True

    def rounds_left(self, cell):
        """Of the next slice; 0: it has had all, or is red."""
        left = self.options.rounds - cell.rounds if self.options.rounds else SLICE
        return 0 if cell.wrong else max(min(left, SLICE), 0)

    def take_cells(self):
        """Some that one machine takes: of the mode that has had fewer rounds, those first that have.
        None: it is over."""
        with self.lock:
            left = [cell for cell in self.cells if self.rounds_left(cell) > 0]
            if not left or self.is_over():
                return None
            had = {debug: sum(cell.rounds for cell in self.cells if cell.debug == debug)
                   for debug in (False, True)}
            free = sorted((cell for cell in left if cell.name not in self.taken),
                          key=lambda cell: (had[cell.debug], cell.rounds))
            cells = [cell for cell in free if cell.debug == free[0].debug][:SLICES_EACH]
            self.taken |= {cell.name for cell in cells}
            return cells

    def give_back(self, cells):
        with self.lock:
            self.taken -= {cell.name for cell in cells}

    # --- one machine ---

    def work(self):
        while (cells := self.take_cells()) is not None:
            if not cells:
                time.sleep(0.2)  # the other machines have all that is left
                continue
            machine = self.machine(cells[0].debug)
            try:
                self.run_cells(machine, cells)
            finally:
                machine.close()
                self.give_back(cells)
            if not any(cell.wrong for cell in cells):
                os.remove(machine.log.name)

    def run_cells(self, machine, cells):
        cell, seed, rounds = cells[0], 0, 0
        try:
            machine.prompt()
            machine.run("load hello; unload hello; load matrix")
            machine.pin()
            for cell in itertools.islice(itertools.cycle(cells), SLICES_EACH):
                rounds = self.rounds_left(cell)
                if self.is_over() or not rounds:
                    return
                seed = self.options.seed + cell.rounds
                self.meet(machine, cell, rounds, seed)
                if cell.wrong:
                    break
        except Failure as failure:
            if self.ended:
                return  # Ctrl-C has ended the machine too
            cell.wrong = f"{failure.verdict}: {str(failure).splitlines()[0]}"
            self.report(machine, cell, rounds, seed)

    def meet(self, machine, cell, rounds, seed):
        machine.forget()
        before = cell.rounds
        lines = machine.run(f"matrix {cell.first} {cell.second} {rounds} {seed}; {GOOD_MODULE}")
        came = machine.text
        for line in lines:
            cell.add(line)
            if line.startswith("matrix: wrong: "):
                cell.wrong = line.removeprefix("matrix: wrong: ")
        if not cell.wrong and cell.rounds == before:
            cell.wrong = "no round was made"
        if not cell.wrong:
            cell.wrong = self.wrong_in(came, (cell.first, cell.second))
        if not cell.wrong and lines[-len(IT_SAYS):] != IT_SAYS:
            cell.wrong = "a good module does not work afterwards"
        if cell.wrong:
            self.report(machine, cell, rounds, seed)
        self.progress()

    def wrong_in(self, came, kinds):
        found = WRONG.search(came)
        if found:
            return came[came.rfind("\n", 0, found.start()) + 1:].split("\n", 1)[0]
        may_fault = set().union(*(self.kinds[kind] for kind in kinds))
        for name in re.findall(r"fault: .*? in ((?:the )?\w+) at", came):
            if name not in may_fault:
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
                  f"{(rounds - self.earlier) / passed:.0f} a second, {red} red", flush=True)
            self.save()

    def save(self):
        path = os.path.join(self.options.build, "soak.tsv")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write("\n".join([heading(self.cells)] + [cell.row() for cell in self.cells]) + "\n")
        os.replace(path + ".new", path)

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
        self.find_kinds()
        self.make_cells()
        if not self.cells:
            print(f"soak: ONLY={self.options.only}: no pair of kinds is called so")
            return 2
        self.earlier = sum(cell.rounds for cell in self.cells)
        signal.signal(signal.SIGINT, self.end)
        threads = [threading.Thread(target=self.work) for _ in range(self.options.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for debug in (False, True):
            print(table(list(self.kinds), [cell for cell in self.cells if cell.debug == debug], debug))
        self.save()
        met = [cell for cell in self.cells if cell.rounds or cell.wrong]
        failed = sum(1 for cell in met if cell.wrong)
        rounds = sum(cell.rounds for cell in met)
        passed = time.monotonic() - self.started
        print(f"soak: {rounds} rounds, {rounds - self.earlier} of them in {passed:.0f} s on {self.options.smp} CPUs, "
              f"{(rounds - self.earlier) / passed:.0f} a second; seeds from {self.options.seed} on")
        print(f"soak: {costs(met)}; each pair's stand in build/soak.tsv")
        print(f"{len(met) - failed} passed, {failed} failed")
        return 1 if failed else 0

    def repeat(self):
        """What a failed run has printed. With --icount the line comes by fw_cfg, since a key that is
        typed comes at another moment each time."""
        self.find_kinds()
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
            wrong = self.wrong_in(machine.text, self.options.repeat.split()[:2]) or \
                "matrix: wrong:" in machine.text
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
    parser.add_argument("--rounds", type=int, default=0, help="of each pair; 0: until time is up")
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=max(1, len(os.sched_getaffinity(0)) // 2),
                        help="machines at once; the two sides of each want a core each")
    parser.add_argument("--silence", type=float, default=300)
    parser.add_argument("--progress", type=float, default=10, help="seconds between lines of it")
    parser.add_argument("--resume", default="", help="a soak.tsv to go on from")
    parser.add_argument("--repeat", default="")
    parser.add_argument("--debug", action="store_true", help="only with debug")
    parser.add_argument("--icount", action="store_true")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    os.makedirs(os.path.join(options.build, "logs"), exist_ok=True)
    soak = Soak(options)
    return soak.repeat() if options.repeat else soak.run()


if __name__ == "__main__":
    sys.exit(main())
