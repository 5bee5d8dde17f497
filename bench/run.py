#!/usr/bin/env python3
"""Measures this kernel against Linux, in the same emulator and in turns: run.py --build FOLDER
[--only FIGURE]. Prints a table; writes bench.json and bench.html in the folder. Status 1 when a
target is not met or something could not be measured."""
import argparse
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness"))
from figures import rows  # noqa: E402
from linux import Linux, VARIANTS  # noqa: E402
from machine import EMULATOR, Failed, MEMORY, bench_lines  # noqa: E402
from page import write_html  # noqa: E402
from plan import STEPS, chosen  # noqa: E402
from report import table, write_json  # noqa: E402
from samples import OURS, Samples  # noqa: E402
from tenon import Tenon  # noqa: E402

NATIVE_ROUNDS = 3


class Bench:
    def __init__(self, build, only):
        self.build = build
        self.groups = chosen(only)
        self.native = not only or only.startswith("native")
        self.samples = Samples()
        self.failures = []
        self.tenon = Tenon(build)
        self.linux = Linux(build)
        self.has_linux = False
        self.done = 0
        self.started = time.monotonic()
        self.total = sum(self.runs(group, number) for group in self.groups
                         for number in range(group.rounds))

    @staticmethod
    def runs(group, number):
        """How many times QEMU runs in this round."""
        return (group.boots(number) + bool(group.ours(number)) +
                len(VARIANTS) * bool(group.linux(number)))

    def say(self, words):
        print(f"{time.monotonic() - self.started:6.0f} s  {words}", file=sys.stderr, flush=True)

    def attempt(self, side, what, measure):
        """A run that fails is told at once and again at the end; the others go on."""
        self.done += 1
        self.say(f"[{self.done}/{self.total}] {what}: {side}")
        try:
            self.samples.add(side, list(measure()))
        except Failed as error:
            self.failures.append(f"{what}: {side}: {error}")
            self.say(f"failed: {error}")

    def prepare(self):
        for group in self.groups:
            self.tenon.prepare(group.image)
        if not any(step.linux for group in self.groups for step in group.steps):
            return
        self.say("Linux: kernel, headers, modules")
        try:
            self.linux.prepare(os.path.join(self.build, "obj/bench/generated"))
            self.has_linux = True
        except (Failed, OSError) as error:
            self.failures.append(f"Linux: {error}")
            self.say(f"going on without Linux: {error}")

    def round_of(self, group, number):
        what = f"{group.smp} CPUs, round {number + 1} of {group.rounds}"
        lines, jobs = group.ours(number), group.linux(number)
        if group.boots(number):
            self.attempt(OURS, what + ", boot", lambda: self.tenon.boot(group.smp))
        if lines:
            self.attempt(OURS, what, lambda: self.tenon.measure(
                group.image, group.smp, lines, counted=group.counted))
        for variant in VARIANTS if jobs and self.has_linux else ():
            self.attempt(f"Linux, {variant}", what,
                         lambda: self.linux.measure(variant, group.archive, group.smp, jobs))

    def run_native(self):
        for number in range(NATIVE_ROUNDS if self.native else 0):
            self.say(f"native, round {number + 1} of {NATIVE_ROUNDS}")
            done = subprocess.run([os.path.join(self.build, "bench/native")],
                                  stdout=subprocess.PIPE, text=True, check=False)
            self.samples.add(OURS, bench_lines(done.stdout))

    def run(self):
        self.prepare()
        self.run_native()
        for group in self.groups:
            for number in range(group.rounds):
                self.round_of(group, number)

    def notes(self):
        yield "Emulator: " + " ".join(EMULATOR[:7]) + f" -m {MEMORY}"
        for variant, line in self.linux.command_lines.items():
            yield f"Linux, {variant}: {line}"
        if self.has_linux:
            yield "Of Linux's variants the better one counts, figure by figure."


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only")
    words = parser.parse_args()
    bench = Bench(words.build, words.only)
    if not bench.groups and not bench.native:
        names = sorted({name for step in STEPS for name in step.figures} | {"native"})
        print(f"bench: {words.only}: no such figure; there are {' '.join(names)}", file=sys.stderr)
        return 2
    bench.run()
    figures = rows(bench.samples)
    for line in [*bench.notes(), "", *table(figures)]:
        print(line)
    write_json(os.path.join(words.build, "bench.json"), figures)
    write_html(os.path.join(words.build, "bench.html"), figures, list(bench.notes()))
    for failure in bench.failures:
        print(f"bench: not measured: {failure}", file=sys.stderr)
    missed = [row for row in figures if row.met is False]
    print(f"{sum(row.met is True for row in figures)} targets met, {len(missed)} not met")
    return 1 if missed or bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
