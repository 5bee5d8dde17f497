#!/usr/bin/env python3
"""Searches models exhaustively, and shows that their mutants are found: run.py BUILD [quick].

README.md has the form of the files. The last line is the count, as tests/run.py reads it.
"""
import glob
import os
import re
import subprocess
import sys
import time

CONFIGURATION = re.compile(r"^ \* (quick )?configuration ([\w-]+): (.+)$", re.MULTILINE)
HERE = os.path.dirname(os.path.abspath(__file__))
DEPTH = 4000000
FLAGS = ["-O2", "-w", "-DSAFETY", "-DNOFAIR", "-DCOLLAPSE", "-DVECTORSZ=2048"]
LIMIT = 1800  # seconds for one search; a search that does not end has failed


class Broken(Exception):
    """The files here do not fit together."""


def mutants(path):
    """[(name, what it is, [(line, its replacement)])] of a file NAME.mutants, if it is there."""
    found = []
    if not os.path.exists(path):
        return found
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("mutant "):
                name, _, what = line[7:].partition(": ")
                found.append((name, what, []))
            elif line.startswith("-"):
                found[-1][2].append([line[1:], None])
            elif line.startswith("+"):
                found[-1][2][-1][1] = line[1:]
    return found


def mutated(text, changes):
    lines = text.split("\n")
    places = []
    for old, _ in changes:
        if lines.count(old) != 1:
            raise Broken(f"this line is there {lines.count(old)} times: {old}")
        places.append(lines.index(old))
    for place, (_, new) in zip(places, changes):
        lines[place] = new
    return "\n".join(lines)


def search(folder, text, settings):
    """(what it ends with, states, seconds); `holds` when the whole space was searched without one."""
    started = time.monotonic()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.pml"), "w", encoding="utf-8") as file:
        file.write(text)
    definitions = [f"-D{setting}" for setting in settings.split()]
    for command in (["spin", "-a"] + definitions + ["model.pml"], ["gcc"] + FLAGS + ["-o", "pan", "pan.c"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0 or "Error" in done.stdout:
            raise Broken((done.stdout + done.stderr).strip())
    done = subprocess.run(["./pan", f"-m{DEPTH}"], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=LIMIT)
    states = re.search(r"(\d+) states, stored", done.stdout)
    errors = re.search(r"errors: (\d+)", done.stdout)
    if not states or not errors:
        raise Broken(done.stdout[-500:] + done.stderr[-500:])
    if "Search not completed" in done.stdout and errors.group(1) == "0" or "too small" in done.stdout:
        raise Broken("the search did not reach the end of the space")
    outcome = "holds"
    if errors.group(1) != "0":
        outcome = re.search(r"pan:\d+: (.+?) \(at depth", done.stdout).group(1)
    return outcome, int(states.group(1)), time.monotonic() - started


class Table:
    def __init__(self):
        self.passed = self.failed = 0

    def row(self, good, model, what, states, seconds, outcome):
        self.passed += good
        self.failed += not good
        print(f"{'pass' if good else 'FAIL'}: {model:8} {what:36} {states:>10} states {seconds:5.0f} s  "
              f"{outcome}", flush=True)


def run_model(path, build, quick, table):
    name = os.path.basename(path).removesuffix(".pml")
    folder = os.path.join(build, "model", name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    configurations = [(label, settings) for first, label, settings in CONFIGURATION.findall(text)
                      if first or not quick]
    if not configurations:
        raise Broken(f"{path}: no configuration")
    for label, settings in configurations:
        outcome, states, seconds = search(folder, text, settings)
        table.row(outcome == "holds", name, label, states, seconds, outcome)
    for label, _, changes in mutants(path.removesuffix(".pml") + ".mutants"):
        if quick:
            mutated(text, changes)  # it fits
            continue
        total = spent = 0
        outcome = "holds"
        for _, settings in configurations:
            outcome, states, seconds = search(folder, mutated(text, changes), settings)
            total, spent = total + states, spent + seconds
            if outcome != "holds":
                break
        table.row(outcome != "holds", name, f"mutant {label}", total, spent, outcome)


def main():
    build, quick = os.path.abspath(sys.argv[1]), sys.argv[2:] == ["quick"]
    table = Table()
    for path in sorted(glob.glob(os.path.join(HERE, "*.pml"))):
        try:
            run_model(path, build, quick, table)
        except (Broken, subprocess.TimeoutExpired) as error:
            table.row(False, os.path.basename(path), "", 0, 0, str(error))
    print(f"{table.passed} passed, {table.failed} failed")
    return 1 if table.failed else 0


sys.exit(main())
